// New tensors hold what was asked for, and random ones have the distribution that was asked for.
#include "glance/tensor/create.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "glance/tensor/elementwise.h"
#include "glance/tensor/join.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("zeros, ones and full fill every dtype") {
  CHECK(zeros({2, 2}).to_vector<float>() == std::vector<float>{0, 0, 0, 0});
  CHECK(ones({2}, i64).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 1});
  CHECK(full({3}, 2.5, f64).to_vector<double>() == std::vector<double>{2.5, 2.5, 2.5});
  CHECK(full({2}, 1, boolean).to_vector<bool>() == std::vector<bool>{true, true});
  CHECK(full({}, 7).item() == 7);
  CHECK(zeros({0, 3}).numel() == 0);

  const Tensor x({2, 3}, f64);
  CHECK(zeros_like(x).dtype() == f64);
  CHECK(ones_like(x).shape() == Shape{2, 3});
  CHECK(full_like(x, 4).to_vector<double>() == std::vector<double>(6, 4));

  CHECK_THROWS_WITH(full({2}, 0.5, i64), "full: i64 cannot hold 0.5: use f32 or f64");
  CHECK_THROWS_AS(zeros({-1}), Error);
}

TEST_CASE("arange counts up to but not including the end") {
  CHECK(arange(3).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 2});
  CHECK(arange(2, 8, 3).to_vector<std::int64_t>() == std::vector<std::int64_t>{2, 5});
  CHECK(arange(3, 0, -2).to_vector<std::int64_t>() == std::vector<std::int64_t>{3, 1});
  CHECK(arange(0, 1, 0.25, f64).to_vector<double>() == std::vector<double>{0, 0.25, 0.5, 0.75});
  CHECK(arange(2, f32).to_vector<float>() == std::vector<float>{0, 1});
  CHECK(arange(0).shape() == Shape{0});
  // Whole numbers that f64 does not have, up to the last i64.
  CHECK(arange(0x1p53, 0x1p53 + 4).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{9007199254740992, 9007199254740993, 9007199254740994, 9007199254740995});
  CHECK(arange(0x1p63 - 1024, 0x1p63).to_vector<std::int64_t>().back() == std::numeric_limits<std::int64_t>::max());

  CHECK_THROWS_WITH(arange(0, 3, 0), "arange: steps of 0 do not lead from 0 to 3");
  CHECK_THROWS_WITH(arange(-1), "arange: steps of 1 do not lead from 0 to -1");
  CHECK_THROWS_WITH(arange(0, 1, 0.5), "arange: i64 cannot hold 0.5: use f32 or f64");
  CHECK_THROWS_WITH(arange(9.2e18, 9.5e18, 1e17),
                    "arange: i64 cannot hold steps of 1e+17 from 9.2e+18 to 9.5e+18: use f64");
  CHECK_THROWS_WITH(arange(2, boolean), "arange: dtype bool: only numbers are supported");
  CHECK_THROWS_AS(arange(0, std::nan("")), Error);
  CHECK_THROWS_AS(arange(0, HUGE_VAL), Error);
}

TEST_CASE("eye has ones on the diagonal") {
  CHECK(eye(2).to_vector<float>() == std::vector<float>{1, 0, 0, 1});
  CHECK(eye(2, boolean).to_vector<bool>() == std::vector<bool>{true, false, false, true});
  CHECK(eye(0).shape() == Shape{0, 0});
  CHECK_THROWS_WITH(eye(-1), "eye: size -1 is negative");
}

TEST_CASE("tensor takes lists to any depth") {
  CHECK(tensor({1, 2.5, 3}).to_vector<float>() == std::vector<float>{1, 2.5f, 3});
  CHECK(tensor({1, 2}, i64).dtype() == i64);
  CHECK(tensor({{1, 2, 3}, {4, 5, 6}}).shape() == Shape{2, 3});
  CHECK(tensor({{1}, {2}}).shape() == Shape{2, 1});
  CHECK(tensor({{1, 2}}).shape() == Shape{1, 2});
  CHECK(tensor({{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}, {{9, 0}, {1, 2}}}).shape() == Shape{3, 2, 2});
  CHECK(tensor({{{1, 2}, {3, 4}}}).to_vector<float>() == std::vector<float>{1, 2, 3, 4});
  CHECK(tensor({true, false}, boolean).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(tensor({}).shape() == Shape{0});
  CHECK(tensor(5).shape() == Shape{});

  CHECK_THROWS_WITH(tensor({{1, 2}, {3}}), "tensor: rows of shapes [2] and [1] in one list: give them one shape");
  CHECK_THROWS_WITH(tensor({{1}, 2}), "tensor: rows of shapes [1] and [] in one list: give them one shape");
  CHECK_THROWS_WITH(tensor({0.5}, i64), "tensor: i64 cannot hold 0.5: use f32 or f64");
}

TEST_CASE("scalar has rank 0") {
  CHECK(scalar(2.5).shape() == Shape{});
  CHECK(scalar(2.5, f64).item() == 2.5);
}

TEST_CASE("from_values copies and checks the count") {
  std::vector<float> numbers{1, 2, 3, 4};
  const Tensor x = from_values(numbers, {2, 2});
  numbers[0] = 9;
  CHECK(x.to_vector<float>() == std::vector<float>{1, 2, 3, 4});
  CHECK(from_values(std::vector<double>{1, 2}, {2}).dtype() == f64);
  CHECK(from_values(std::vector<std::int64_t>{1, 2}, {1, 2}).dtype() == i64);
  const bool flags[] = {true, false};
  CHECK(from_values(flags, {2}).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK(from_values({1, 2, 3, 4}, {2, 2}, f64).to_vector<double>() == std::vector<double>{1, 2, 3, 4});

  CHECK_THROWS_WITH(from_values(numbers, {3}), "from_values: 4 values do not fill [3]");
  CHECK_THROWS_WITH(from_values({1, 2}, {3}), "from_values: 2 values do not fill [3]");
  CHECK_THROWS_WITH(from_values({0.5}, {1}, i64), "from_values: i64 cannot hold 0.5: use f32 or f64");
}

TEST_CASE("uniform numbers lie evenly from low to high") {
  Generator generator(1);
  const auto values = uniform({100, 100}, generator, -1, 3).to_vector<float>();
  double sum = 0;
  for (const float value : values) sum += value;
  CHECK(*std::min_element(values.begin(), values.end()) >= -1);
  CHECK(*std::max_element(values.begin(), values.end()) <= 3);
  CHECK(sum / 10000 == Approx(1).margin(0.05));  // four standard errors

  Generator again(1);
  CHECK(uniform({100, 100}, again, -1, 3).to_vector<float>() == values);
  CHECK(uniform({100, 100}, again, -1, 3).to_vector<float>() != values);

  CHECK_THROWS_WITH(uniform({2}, generator, 1, 0), "uniform: there are no numbers from 1 to 0 of dtype f32");
  CHECK_THROWS_WITH(uniform({2}, generator, 0, 1, i64),
                    "uniform: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
}

TEST_CASE("normal numbers have the mean and deviation asked for") {
  Generator generator(2);
  const auto values = normal({10000}, generator, 5, 2, f64).to_vector<double>();
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += value - 5;
    squares += (value - 5) * (value - 5);
  }
  CHECK(sum / 10000 == Approx(0).margin(0.08));
  CHECK(squares / 10000 == Approx(4).margin(0.25));
  CHECK(normal({3}, generator, 5, 0).to_vector<float>() == std::vector<float>{5, 5, 5});
  CHECK_THROWS_WITH(normal({2}, generator, 0, -1), "normal: deviation -1 is negative");
  CHECK_THROWS_AS(normal({2}, generator, 0, 1, boolean), Error);
}

TEST_CASE("bernoulli is true as often as asked") {
  Generator generator(3);
  const Tensor x = bernoulli({10000}, 0.3, generator);
  CHECK(x.dtype() == boolean);
  const auto values = x.to_vector<bool>();
  CHECK(static_cast<double>(std::count(values.begin(), values.end(), true)) == Approx(3000).margin(200));
  CHECK(bernoulli({3}, 1, generator).to_vector<bool>() == std::vector<bool>{true, true, true});
  CHECK_THROWS_AS(bernoulli({3}, 1.5, generator), Error);
}

TEST_CASE("permutation is every number once") {
  Generator generator(4);
  auto values = permutation(50, generator).to_vector<std::int64_t>();
  CHECK_FALSE(std::is_sorted(values.begin(), values.end()));
  std::sort(values.begin(), values.end());
  CHECK(values == arange(50).to_vector<std::int64_t>());
  CHECK(permutation(0, generator).numel() == 0);
  CHECK_THROWS_WITH(permutation(-1, generator), "permutation: size -1 is negative");

  // Each number comes first about equally often.
  std::vector<int> first(4);
  for (int i = 0; i < 4000; ++i)
    ++first[static_cast<std::size_t>(permutation(4, generator).to_vector<std::int64_t>()[0])];
  for (const int count : first) CHECK(count == Approx(1000).margin(120));
}

TEST_CASE("randint gives whole numbers evenly from low to below high") {
  Generator generator(5);
  const Tensor x = randint(-2, 3, {100, 50}, generator);
  CHECK(x.dtype() == i64);
  CHECK(x.shape() == Shape{100, 50});
  std::vector<int> count(5);
  for (const Index value : x.values<Index>()) ++count.at(static_cast<std::size_t>(value + 2));
  for (const int times : count) CHECK(times == Approx(1000).margin(120));

  Generator again(5), other(6);
  CHECK(same(randint(-2, 3, {100, 50}, again), x));
  CHECK_FALSE(same(randint(-2, 3, {100, 50}, other), x));
  CHECK(same(randint(1, {3}, generator), zeros({3}, i64)));
  constexpr Index least = std::numeric_limits<Index>::min(), most = std::numeric_limits<Index>::max();
  bool below = false, above = false;
  for (const Index value : randint(least, most, {100}, generator).to_vector<Index>())
    (value < 0 ? below : above) = true;
  CHECK((below && above));
  CHECK(randint(most - 1, most, {1}, generator).item() == static_cast<double>(most - 1));
  CHECK(randint(5, {0}, generator).numel() == 0);
  CHECK_THROWS_WITH(randint(3, 3, {1}, generator),
                    "randint: there is no whole number from 3 to below 3: give a larger `high`");
  CHECK_THROWS_AS(randint(0, {1}, generator), Error);
  CHECK_THROWS_AS(randint(most, least, {1}, generator), Error);
}

TEST_CASE("uniform numbers of a range wider than the dtype's largest number") {
  Generator generator(1);
  for (const auto& [dtype, bound] : {std::pair(f32, 3e38), std::pair(f64, 1.7e308)}) {
    const Tensor x = uniform({1000}, generator, -bound, bound, dtype);
    CHECK(all(is_finite(x)).item() == 1);
    CHECK(min(x).item() < -0.9 * bound);
    CHECK(max(x).item() > 0.9 * bound);
    CHECK(std::abs(mean(x / bound).item()) < 0.1);
    CHECK(normal({2}, generator, 0, bound / 1e10, dtype).numel() == 2);
  }
  CHECK_THROWS_WITH(uniform({2}, generator, -1e39, 1e39), "uniform: from -1e+39 to 1e+39: give bounds that f32 has");
  CHECK_THROWS_AS(uniform({2}, generator, 0, std::nan("")), Error);
  CHECK_THROWS_WITH(normal({2}, generator, 0, 1e39), "normal: mean 0 and deviation 1e+39: give numbers that f32 has");
  CHECK(all_close(arange(-1.5e308, 1.5e308, 1e308, f64), tensor({-1.5e308, -5e307, 5e307}, f64)));
}

TEST_CASE("shapes whose product no Index holds are refused before anything is counted") {
  constexpr Index most = std::numeric_limits<Index>::max(), half = Index{1} << 62;
  const auto too_many = Contains("too many elements");
  for (const Shape& shape : {Shape{2, most}, Shape{0, 2, most}, Shape{2, most, 0}, Shape{half, 0, 4}, Shape{4, half}}) {
    INFO(to_string(shape));
    CHECK_THROWS_WITH(zeros(shape), too_many);
    CHECK_THROWS_WITH(reshape(zeros({0}), shape), too_many);
    CHECK_THROWS_WITH(from_values({1, 2}, shape), too_many);
  }
  CHECK_THROWS_WITH(reshape(zeros({0}), {0, -1, 2, most}), too_many);
  CHECK_THROWS_WITH(expand(zeros({1, 1}), {2, most}), too_many);
  CHECK_THROWS_WITH(expand(zeros({0, 1, 1}), {0, 2, most}), too_many);
  CHECK_THROWS_WITH(expand(zeros({1, 0}), {2, most, 0}), too_many);
  CHECK(expand(zeros({0, 1}), {0, most}).numel() == 0);
  CHECK(zeros({half, 0}).numel() == 0);
  CHECK_THROWS_WITH(concat({zeros({half, 0}), zeros({half, 0})}, 0),
                    "concat: 2 tensors like [4611686018427387904, 0] have too many entries in dimension 0");
  CHECK_THROWS_WITH(stack({zeros({half, 0}), zeros({half, 0})}, 0), too_many);
}
