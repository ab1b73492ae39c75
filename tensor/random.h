#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "glance/tensor/moved.h"

// Random numbers from a generator that is a value.
namespace glance {

// The Philox4x32-10 function (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): four words that look
// random, from a counter and a key.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// All there is to a Generator: to save it, write these numbers; to go on, construct it from them.
struct GeneratorState {
  std::uint64_t seed = 0;      // Philox's key
  std::uint64_t stream = 0;    // the high half of its counter
  std::uint64_t position = 0;  // words drawn so far

  bool operator==(const GeneratorState&) const = default;
};

// Random numbers, an explicit value: a copy draws the same numbers as the original. Word i of the sequence is a
// function of the state alone, and so are all numbers made from the words: the same seed gives the same bits on every
// machine.
class Generator {
 public:
  // The start of the sequence of a seed.
  explicit Generator(std::uint64_t seed);

  // The generator of one shard in one step of training. No two of (seed, step, shard) share a sequence with each other
  // or with Generator(seed). Error when step or shard is 2^32 - 1 or more.
  Generator(std::uint64_t seed, std::uint64_t step, std::uint64_t shard);

  // Goes on from a saved state.
  explicit Generator(const GeneratorState& state);
  // What to save.
  GeneratorState state() const {
    moved_.check("Generator");
    return state_;
  }

  // A copy draws the same numbers as the original. One that was moved from draws none: that is an Error.
  Generator(const Generator&) = default;
  Generator& operator=(const Generator&) = default;
  Generator(Generator&& other) noexcept : Generator(other) { other.leave(); }
  Generator& operator=(Generator&& other) noexcept;

  // The next word.
  std::uint32_t next_u32();
  // The next two words as one number, the first as its low half.
  std::uint64_t next_u64();

  // Evenly from 0 to bound - 1, without bias (Lemire 2019). Error when bound is 0.
  std::uint64_t below(std::uint64_t bound);

  // T is float or double: evenly in [0, 1), a multiple of 2^-24 or 2^-53.
  template <class T>
  T uniform01();

  // T is float or double: mean 0 and variance 1.
  template <class T>
  T normal();

  // The next words, as many as there is room for; several times as fast as one by one.
  void fill_u32(std::span<std::uint32_t> out);
  // The numbers that as many calls of uniform01() give, several times as fast.
  void fill_uniform01(std::span<float> out);
  void fill_uniform01(std::span<double> out);
  // Normal numbers, several times as fast as one by one. They come in pairs (Box and Muller 1958), by two words each:
  // an odd count leaves out the last.
  void fill_normal(std::span<float> out);
  void fill_normal(std::span<double> out);

  // True with this probability, to the nearest multiple of 2^-32. Error when it is not from 0 to 1.
  void fill_bernoulli(std::span<bool> out, double probability);

 private:
  // Where the next word is looked for in a new block, and the mark is asked.
  void leave() noexcept {
    state_.position = 0;
    [[maybe_unused]] const detail::MovedMark gone = std::move(moved_);
  }

  GeneratorState state_;
  detail::MovedMark moved_;
  std::array<std::uint32_t, 4> block_;  // the words around the position, unless that is the first of a block
};

}  // namespace glance
