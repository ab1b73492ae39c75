// Philox, and the numbers made from its words with arithmetic that is the same on every machine.
#include "glance/tensor/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <string>

#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"

// This file is compiled with -ffp-contract=off: a multiplication and an addition that some processors do in one step,
// with one rounding, would make the bits of normal numbers depend on the machine.
namespace glance {
namespace {

using Block = std::array<std::uint32_t, 4>;

constexpr std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// Four scalars rather than an array, so that a loop over blocks becomes vector instructions.
[[gnu::always_inline]] inline Block philox_rounds(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2,
                                                  std::uint32_t c3, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c0;
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c2;
    c0 = high(p1) ^ c1 ^ k0;
    c1 = low(p1);
    c2 = high(p0) ^ c3 ^ k1;
    c3 = low(p0);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return {c0, c1, c2, c3};
}

// Words 4 index … 4 index + 3 of the sequence.
[[gnu::always_inline]] inline Block block_at(const GeneratorState& state, std::uint64_t index) {
  return philox_rounds(low(index), high(index), low(state.stream), high(state.stream), low(state.seed),
                       high(state.seed));
}

float uniform_of(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

double uniform_of(std::uint32_t low_word, std::uint32_t high_word) {
  const std::uint64_t word = std::uint64_t{high_word} << 32 | low_word;
  return static_cast<double>(word >> 11) * 0x1p-53;
}

// Two independent normal numbers from two words, with radius sqrt(-2 ln u), u = (first + 1/2) / 2^32, and angle
// 2π second / 2^32. In double and by series of our own, since the standard library's last bits differ between machines.
struct NormalPair {
  double cosine, sine;
};

[[gnu::always_inline]] inline NormalPair normal_of(std::uint32_t first, std::uint32_t second) {
  // u = 2^n m, sqrt(1/2) <= m < sqrt(2), and ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + …), s = (m - 1) / (m + 1).
  const double u = (static_cast<double>(first) + 0.5) * 0x1p-32;
  constexpr std::uint64_t sqrt_half = 0x3FE6A09E667F3BCD;  // its bits
  const std::uint64_t offset = std::bit_cast<std::uint64_t>(u) - sqrt_half;
  const auto n = static_cast<double>(static_cast<std::int64_t>(offset) >> 52);
  const double m = std::bit_cast<double>((offset & 0x000FFFFFFFFFFFFF) + sqrt_half);
  const double s = (m - 1) / (m + 1);
  double series = 0;
  for (int k = 21; k > 0; k -= 2) series = series * (s * s) + 1.0 / k;
  const double log_u = n * 0.693147180559945309 + 2 * s * series;
  const double radius = std::sqrt(-2 * log_u);

  // The angle is a quarter turn times an integer, plus at most an eighth of a turn either way.
  const std::uint32_t quarter = (second + 0x20000000u) >> 30;
  const auto rest = static_cast<std::int32_t>(second - (quarter << 30));
  const double a = static_cast<double>(rest) * (6.28318530717958648 * 0x1p-32);
  double sine = 0, cosine = 0;
  for (int k = 16; k > 0; k -= 2) {
    sine = (1 + sine) * (-a * a) * (1.0 / (k * (k + 1)));
    cosine = (1 + cosine) * (-a * a) * (1.0 / (k * (k - 1)));
  }
  sine = a * (1 + sine);
  cosine = 1 + cosine;
  const bool odd = (quarter & 1) != 0;
  const double x = odd ? sine : cosine;
  const double y = odd ? cosine : sine;
  // Quarter turns 0, 1, 2, 3: (cos, sin), (-sin, cos), (-cos, -sin), (sin, -cos).
  return {quarter == 1 || quarter == 2 ? -radius * x : radius * x, quarter >= 2 ? -radius * y : radius * y};
}

// Calls use(words, from, count) for consecutive parts of n elements that take `words_each` words.
template <class Use>
void draw(Generator& generator, std::size_t n, std::size_t words_each, const Use& use) {
  std::array<std::uint32_t, 512> words;
  const std::size_t part = words.size() / words_each;
  for (std::size_t from = 0; from < n; from += part) {
    const std::size_t count = std::min(part, n - from);
    generator.fill_u32({words.data(), count * words_each});
    use(words.data(), from, count);
  }
}

template <class T>
void fill_normal_pairs(Generator& generator, std::span<T> out) {
  T* const to = out.data();
  draw(generator, out.size() / 2, 2, [to](const std::uint32_t* words, std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const NormalPair pair = normal_of(words[2 * i], words[2 * i + 1]);
      to[2 * (from + i)] = static_cast<T>(pair.cosine);
      to[2 * (from + i) + 1] = static_cast<T>(pair.sine);
    }
  });
  if (out.size() % 2 != 0) out.back() = generator.normal<T>();
}

std::uint64_t stream_of(std::uint64_t step, std::uint64_t shard) {
  constexpr std::uint64_t limit = 0xFFFFFFFF;
  if (step >= limit || shard >= limit) {
    throw Error(formatted("Generator: step {}, shard {}: each must be less than {}", step, shard, limit));
  }
  return (shard + 1) << 32 | step;  // stream 0 is that of Generator(seed)
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  return philox_rounds(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
}

Generator::Generator(std::uint64_t seed) : Generator(GeneratorState{seed, 0, 0}) {}

Generator::Generator(std::uint64_t seed, std::uint64_t step, std::uint64_t shard)
    : Generator(GeneratorState{seed, stream_of(step, shard), 0}) {}

Generator::Generator(const GeneratorState& state) : state_(state), block_(block_at(state, state.position / 4)) {}

Generator& Generator::operator=(Generator&& other) noexcept {
  if (this == &other) return *this;
  *this = other;
  other.leave();
  return *this;
}

std::uint32_t Generator::next_u32() {
  const auto word = static_cast<std::size_t>(state_.position % 4);
  if (word == 0) {
    moved_.check("Generator");
    block_ = block_at(state_, state_.position / 4);
  }
  ++state_.position;
  return block_[word];
}

std::uint64_t Generator::next_u64() {
  const std::uint64_t low_word = next_u32();
  return std::uint64_t{next_u32()} << 32 | low_word;
}

namespace {

struct Wide {
  std::uint64_t high, low;
};

// a b in 128 bits, by halves, because not every compiler has such a type.
Wide multiply_wide(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t half = 0xFFFFFFFF;
  const std::uint64_t low = (a & half) * (b & half);
  const std::uint64_t middle = (a >> 32) * (b & half) + (low >> 32);
  const std::uint64_t other = (a & half) * (b >> 32) + (middle & half);
  return {(a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32), other << 32 | (low & half)};
}

}  // namespace

std::uint64_t Generator::below(std::uint64_t bound) {
  if (bound == 0) throw Error("Generator: no number is below 0; the bound must be at least 1");
  // The high half of word * bound is even over the bound but for 2^64 mod bound words too many, which are those with
  // the smallest low halves.
  Wide product = multiply_wide(next_u64(), bound);
  if (product.low < bound) {
    const std::uint64_t surplus = (0 - bound) % bound;
    while (product.low < surplus) product = multiply_wide(next_u64(), bound);
  }
  return product.high;
}

template <>
float Generator::uniform01<float>() {
  return uniform_of(next_u32());
}

template <>
double Generator::uniform01<double>() {
  const std::uint32_t low_word = next_u32();
  return uniform_of(low_word, next_u32());
}

template <class T>
T Generator::normal() {
  const std::uint32_t first = next_u32();
  return static_cast<T>(normal_of(first, next_u32()).cosine);
}

template float Generator::normal<float>();
template double Generator::normal<double>();

void Generator::fill_u32(std::span<std::uint32_t> out) {
  moved_.check("Generator");
  std::size_t done = 0;
  while (done < out.size() && state_.position % 4 != 0) out[done++] = next_u32();

  const std::size_t blocks = (out.size() - done) / 4;
  const GeneratorState start = state_;
  std::uint32_t* const to = out.data() + done;
  for (std::size_t i = 0; i < blocks; ++i) {
    const Block block = block_at(start, start.position / 4 + i);
    for (std::size_t j = 0; j < 4; ++j) to[4 * i + j] = block[j];
  }
  state_.position += 4 * blocks;

  for (done += 4 * blocks; done < out.size(); ++done) out[done] = next_u32();
}

void Generator::fill_uniform01(std::span<float> out) {
  float* const to = out.data();
  draw(*this, out.size(), 1, [to](const std::uint32_t* words, std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) to[from + i] = uniform_of(words[i]);
  });
}

void Generator::fill_uniform01(std::span<double> out) {
  double* const to = out.data();
  draw(*this, out.size(), 2, [to](const std::uint32_t* words, std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) to[from + i] = uniform_of(words[2 * i], words[2 * i + 1]);
  });
}

void Generator::fill_normal(std::span<float> out) { fill_normal_pairs(*this, out); }
void Generator::fill_normal(std::span<double> out) { fill_normal_pairs(*this, out); }

void Generator::fill_bernoulli(std::span<bool> out, double probability) {
  if (!(probability >= 0 && probability <= 1)) {
    throw Error(formatted("bernoulli: probability {} is not from 0 to 1", probability));
  }
  const auto threshold = static_cast<std::uint64_t>(probability * 0x1p32 + 0.5);
  bool* const to = out.data();
  draw(*this, out.size(), 1, [to, threshold](const std::uint32_t* words, std::size_t from, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) to[from + i] = words[i] < threshold;
  });
}

}  // namespace glance
