#pragma once

#include <cstddef>
#include <cstdint>

// A small random generator, and the hash it is made of.
namespace glance::seq2seq {

// Reversible scrambling of 64 bits, the finaliser of SplitMix64 (Steele, Lea & Flood 2014): as a hash, or as a
// generator's output.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// SplitMix64: the same numbers from the same seed on every machine, which the distributions of <random> do not promise.
class SplitMix {
 public:
  explicit constexpr SplitMix(std::uint64_t seed) : state_(seed) {}

  // The next 64 bits.
  constexpr std::uint64_t next() { return scramble(state_ += 0x9e3779b97f4a7c15u); }

  // A number in [0, count); count must not be 0. (The bias of the remainder, count / 2^64, is beyond notice.)
  constexpr std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }

 private:
  std::uint64_t state_;
};

}  // namespace glance::seq2seq
