// Random numbers repeat bit for bit, in every way of drawing them, and have their distributions.
#include "glance/tensor/random.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"

namespace glance {
namespace {

// FNV-1a of the bits of all numbers, to compare long sequences with what they were on other machines.
template <class T>
std::uint64_t digest(const std::vector<T>& values) {
  std::uint64_t hash = 14695981039346656037u;
  for (T value : values) {
    const auto bits = std::bit_cast<std::array<unsigned char, sizeof(T)>>(value);
    for (unsigned char byte : bits) hash = (hash ^ byte) * 1099511628211u;
  }
  return hash;
}

template <class T>
std::vector<T> normal_numbers(Generator& generator, std::size_t n) {
  std::vector<T> values(n);
  generator.fill_normal(values);
  return values;
}

template <class T>
std::vector<T> uniform_numbers(Generator& generator, std::size_t n) {
  std::vector<T> values(n);
  generator.fill_uniform01(values);
  return values;
}

template <class T>
double moment(const std::vector<T>& values, int power) {
  double sum = 0;
  for (T value : values) sum += std::pow(static_cast<double>(value), power);
  return sum / static_cast<double>(values.size());
}

std::size_t trues(Generator& generator, std::size_t n, double probability) {
  const std::unique_ptr<bool[]> values(new bool[n]);
  generator.fill_bernoulli({values.get(), n}, probability);
  return static_cast<std::size_t>(std::count(values.get(), values.get() + n, true));
}

}  // namespace

TEST_CASE("Philox gives the published values") {
  // The known answers of Random123, "philox4x32 10".
  using Words = std::array<std::uint32_t, 4>;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t all = 0xffffffff;
  CHECK(philox4x32({all, all, all, all}, {all, all}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("the words of a generator are Philox of its seed, stream and position") {
  Generator generator(GeneratorState{0x299f31d0a4093822, 0x0370734413198a2e, 4 * 0x05a308d3243f6a88});
  const auto block = philox4x32({0x243f6a88, 0x05a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0});
  for (std::uint32_t word : block) CHECK(generator.next_u32() == word);
  Generator zero(0);
  CHECK(zero.next_u32() == 0x6627e8d5);
  CHECK(zero.next_u32() == 0xe169c58d);
  CHECK(zero.next_u64() == 0x9b00dbd8bc57ac4c);
}

TEST_CASE("the same seed gives the same bits on every machine") {
  Generator generator(2024);
  CHECK(digest(uniform_numbers<float>(generator, 10001)) == 0xfca6bfe27a375608);
  CHECK(digest(uniform_numbers<double>(generator, 10001)) == 0x5de7b238d9bf4f8d);
  CHECK(digest(normal_numbers<float>(generator, 10001)) == 0x9901f4bce8184725);
  CHECK(digest(normal_numbers<double>(generator, 10001)) == 0x10d3c7476bfec4c5);
  CHECK(generator.below(1'000'000'007) == 798170384);
  CHECK(generator.state() == GeneratorState{2024, 0, 10001 + 20002 + 10002 + 10002 + 2});
}

TEST_CASE("a generator goes on exactly from its saved state") {
  for (int drawn = 0; drawn < 9; ++drawn) {
    Generator generator(7, 3, 1);
    for (int i = 0; i < drawn; ++i) generator.next_u32();
    const GeneratorState saved = generator.state();
    Generator restored(saved);
    CHECK(restored.state() == saved);
    CHECK(restored.uniform01<float>() == generator.uniform01<float>());
    CHECK(restored.below(1000) == generator.below(1000));
    CHECK(normal_numbers<float>(restored, 101) == normal_numbers<float>(generator, 101));
    CHECK(restored.state() == generator.state());
    CHECK_FALSE(restored.state() == saved);
  }
}

TEST_CASE("a copy draws the same numbers, and leaves the original alone") {
  Generator generator(5);
  generator.next_u32();
  Generator copy = generator;
  const std::uint32_t next = copy.next_u32();
  CHECK(generator.state().position == 1);
  CHECK(generator.next_u32() == next);
}

TEST_CASE("words drawn many at a time are those drawn one by one") {
  for (std::size_t skip : {0u, 1u, 2u, 3u, 5u}) {
    for (std::size_t n : {0u, 1u, 3u, 4u, 5u, 63u, 64u, 515u, 1031u}) {
      Generator one(11), many(11);
      std::vector<std::uint32_t> words(skip + n), expected(skip + n);
      for (std::uint32_t& word : expected) word = one.next_u32();
      many.fill_u32({words.data(), skip});
      many.fill_u32({words.data() + skip, n});
      CHECK(words == expected);
      CHECK(many.state() == one.state());
    }
  }
}

TEMPLATE_TEST_CASE("numbers drawn many at a time are those drawn one by one", "", float, double) {
  for (std::size_t n : {0u, 1u, 2u, 7u, 512u, 1500u}) {
    Generator one(12), many(12);
    one.next_u32();
    many.next_u32();
    for (TestType value : uniform_numbers<TestType>(many, n)) CHECK(value == one.uniform01<TestType>());
    CHECK(many.state() == one.state());

    const auto normal = normal_numbers<TestType>(many, n);
    for (std::size_t i = 0; i < n; i += 2) CHECK(normal[i] == one.normal<TestType>());
    CHECK(many.state() == one.state());
  }
}

TEST_CASE("f32 and f64 normal numbers are the same but for rounding") {
  Generator single(13), twice(13);
  const auto f32 = normal_numbers<float>(single, 1000);
  const auto f64 = normal_numbers<double>(twice, 1000);
  for (std::size_t i = 0; i < f32.size(); ++i) CHECK(f32[i] == static_cast<float>(f64[i]));
}

TEST_CASE("streams of other seeds, steps and shards are other numbers") {
  std::vector<std::uint64_t> first;
  for (std::uint64_t seed : {0u, 1u, 2u}) {
    first.push_back(Generator(seed).next_u64());
    for (std::uint64_t step : {0u, 1u, 2u, 0xFFFFFFFEu}) {
      for (std::uint64_t shard : {0u, 1u, 2u, 0xFFFFFFFEu}) first.push_back(Generator(seed, step, shard).next_u64());
    }
  }
  std::sort(first.begin(), first.end());
  CHECK(std::adjacent_find(first.begin(), first.end()) == first.end());
}

TEST_CASE("a step or a shard too large for a stream is an error") {
  CHECK_THROWS_AS(Generator(1, 0xFFFFFFFF, 0), Error);
  CHECK_THROWS_AS(Generator(1, 0, 0xFFFFFFFF), Error);
  CHECK_THROWS_AS(Generator(1, std::uint64_t(-1), 0), Error);
  CHECK_THROWS_WITH(Generator(1, 5, 4294967295),
                    "Generator: step 5, shard 4294967295: each must be less than 4294967295");
}

TEMPLATE_TEST_CASE("uniform numbers fill [0, 1) evenly", "", float, double) {
  Generator generator(17);
  const auto values = uniform_numbers<TestType>(generator, 1'000'000);
  CHECK(*std::min_element(values.begin(), values.end()) >= 0);
  CHECK(*std::max_element(values.begin(), values.end()) < 1);
  // Five standard deviations of each estimate.
  CHECK(moment(values, 1) == Approx(1.0 / 2).margin(5 * std::sqrt(1.0 / 12) / 1000));
  CHECK(moment(values, 2) == Approx(1.0 / 3).margin(5 * std::sqrt(4.0 / 45) / 1000));
  std::array<double, 100> bins{};
  for (TestType value : values) bins[static_cast<std::size_t>(value * 100)] += 1;
  double chi_squared = 0;
  for (double count : bins) chi_squared += (count - 10000) * (count - 10000) / 10000;
  CHECK(chi_squared < 99 + 5 * std::sqrt(2.0 * 99));
  double product = 0;
  for (std::size_t i = 1; i < values.size(); ++i) {
    product += (static_cast<double>(values[i - 1]) - 0.5) * (static_cast<double>(values[i]) - 0.5);
  }
  CHECK(product / 1e6 == Approx(0).margin(5.0 / 12 / 1000));
}

TEMPLATE_TEST_CASE("normal numbers have the moments and the tails of the normal distribution", "", float, double) {
  Generator generator(19);
  const auto values = normal_numbers<TestType>(generator, 1'000'000);
  CHECK(moment(values, 1) == Approx(0).margin(5 * 1 / 1000.0));
  CHECK(moment(values, 2) == Approx(1).margin(5 * std::sqrt(2) / 1000));
  CHECK(moment(values, 3) == Approx(0).margin(5 * std::sqrt(15) / 1000));
  CHECK(moment(values, 4) == Approx(3).margin(5 * std::sqrt(96) / 1000));
  for (double bound : {-3.0, -1.0, -0.1, 0.0, 0.5, 2.0, 4.0}) {
    const double p = 0.5 * std::erfc(-bound / std::sqrt(2));
    const auto below = std::count_if(values.begin(), values.end(), [bound](TestType value) { return value < bound; });
    CHECK(static_cast<double>(below) == Approx(1e6 * p).margin(5 * std::sqrt(1e6 * p * (1 - p))));
  }
  double product = 0;
  for (std::size_t i = 1; i < values.size(); ++i) product += static_cast<double>(values[i - 1] * values[i]);
  CHECK(product / 1e6 == Approx(0).margin(5 / 1000.0));
}

TEST_CASE("normal numbers are the Box-Muller transform of the words") {
  Generator words(23), numbers(23);
  for (int i = 0; i < 10000; ++i) {
    const double radius = std::sqrt(-2 * std::log((words.next_u32() + 0.5) / 4294967296.0));
    const double angle = 2 * 3.14159265358979323846 * words.next_u32() / 4294967296.0;
    const auto pair = normal_numbers<double>(numbers, 2);
    if (std::fabs(pair[0] - radius * std::cos(angle)) > 1e-14) FAIL(pair[0] << " at word " << 2 * i);
    if (std::fabs(pair[1] - radius * std::sin(angle)) > 1e-14) FAIL(pair[1] << " at word " << 2 * i);
  }
}

TEST_CASE("bounded integers are even over their range") {
  Generator generator(29);
  std::array<double, 7> counts{};
  for (int i = 0; i < 700'000; ++i) {
    const std::uint64_t value = generator.below(7);
    if (value >= 7) FAIL(value << " is not below 7");
    counts[value] += 1;
  }
  for (double count : counts) CHECK(count == Approx(100'000).margin(5 * std::sqrt(100'000 * 6.0 / 7)));

  CHECK(generator.below(1) == 0);
  // With a bound of 3/4 of 2^64, numbers by remainder or multiplication alone would be biased towards some thirds.
  const std::uint64_t bound = 3ull << 62;
  std::array<double, 3> thirds{};
  for (int i = 0; i < 90'000; ++i) {
    const std::uint64_t value = generator.below(bound);
    if (value >= bound) FAIL(value << " is not below " << bound);
    thirds[value % 3] += 1;
  }
  for (double count : thirds) CHECK(count == Approx(30'000).margin(5 * std::sqrt(20'000)));
  CHECK_THROWS_WITH(generator.below(0), "Generator: no number is below 0; the bound must be at least 1");
}

TEST_CASE("bernoulli draws are true with their probability") {
  Generator generator(31);
  for (double p : {0.1, 0.5, 0.9375}) {
    CHECK(static_cast<double>(trues(generator, 1'000'000, p)) ==
          Approx(1e6 * p).margin(5 * std::sqrt(1e6 * p * (1 - p))));
  }
  CHECK(trues(generator, 10'000, 0) == 0);
  CHECK(trues(generator, 10'000, 1) == 10'000);
}

TEST_CASE("bernoulli refuses what is not a probability") {
  Generator generator(37);
  bool value = true;
  for (double p : {-0.1, 1.5, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    CHECK_THROWS_AS(generator.fill_bernoulli({&value, 1}, p), Error);
  }
  CHECK_THROWS_WITH(generator.fill_bernoulli({&value, 1}, 1.5), "bernoulli: probability 1.5 is not from 0 to 1");
  CHECK(generator.state().position == 0);
}

TEST_CASE("errors show numbers of any size briefly") {
  Generator generator(1);
  bool value = false;
  CHECK_THROWS_WITH(generator.fill_bernoulli({&value, 1}, -1e300), "bernoulli: probability -1e+300 is not from 0 to 1");
}

}  // namespace glance
