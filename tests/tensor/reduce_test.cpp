// Reductions over every set of axes and every layout against the plain loop, with exact long sums.
#include "glance/tensor/reduce.h"

#include <cmath>
#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// The sum one would write first: every element to its place, in double.
Tensor plain_sum(const Tensor& x, const std::vector<int>& axes) {
  const Tensor dense = to(contiguous(x), f64);
  Shape kept = x.shape();
  for (const int axis : axes) kept[axis] = 1;
  const Tensor result = zeros(kept, f64);
  const Strides steps = broadcast_strides(kept, result.strides(), x.shape());
  for (Index i = 0; i < x.numel(); ++i) {
    Index at = 0;
    Index rest = i;
    for (int d = x.rank() - 1; d >= 0; --d) {
      at += rest % x.shape()[d] * steps[static_cast<std::size_t>(d)];
      rest /= x.shape()[d];
    }
    result.write<double>()[at] += dense.read<double>()[i];
  }
  return result;
}

}  // namespace

TEST_CASE("sum over chosen axes") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(sum(x), scalar(21)));
  CHECK(same(sum(x, 0), tensor({5, 7, 9})));
  CHECK(same(sum(x, 1), tensor({6, 15})));
  CHECK(same(sum(x, -1, true), tensor({{6}, {15}})));
  CHECK(same(sum(x, {0, 1}, true), tensor({{21}})));
  CHECK(same(sum(transpose(x), 0), tensor({6, 15})));
  CHECK(same(sum(transpose(x), 1), tensor({5, 7, 9})));
  CHECK(same(sum(arange(5)), scalar(10, i64)));
  CHECK(same(sum(tensor({{1, 0}, {1, 1}}, boolean), 0), tensor({2, 1}, i64)));
  CHECK(same(sum(scalar(3)), scalar(3)));
}

TEST_CASE("every set of axes, dense, permuted, sliced and stretched, gives the plain sum") {
  Generator generator(1);
  const Tensor dense = uniform({3, 4, 1, 5}, generator, 0, 1, f64);
  const std::vector<Tensor> inputs = {
      dense,
      permute(uniform({5, 1, 3, 4}, generator, 0, 1, f64), {2, 3, 1, 0}),
      permute(uniform({4, 3, 1, 5}, generator, 0, 1, f64), {1, 0, 2, 3}),
      slice(uniform({3, 8, 1, 5}, generator, 0, 1, f64), 1, 0, 8, 2),
      slice(uniform({3, 4, 1, 9}, generator, 0, 1, f64), 3, 2, 7),
      expand(uniform({3, 1, 1, 5}, generator, 0, 1, f64), {3, 4, 1, 5}),
      expand(uniform({4, 1, 1}, generator, 0, 1, f64), {3, 4, 1, 5}),
  };
  for (std::size_t which = 0; which < inputs.size(); ++which) {
    const Tensor& x = inputs[which];
    REQUIRE(x.shape() == Shape{3, 4, 1, 5});
    for (unsigned set = 1; set < 16; ++set) {
      std::vector<int> axes;
      Shape target = x.shape();
      for (int d = 0; d < 4; ++d)
        if (set >> d & 1) {
          axes.push_back(d);
          target[d] = 1;
        }
      CAPTURE(which, axes);
      Tensor result;
      if (axes.size() == 1) result = sum(x, axes[0], true);
      if (axes.size() == 2) result = sum(x, {axes[0], axes[1]}, true);
      if (axes.size() == 3) result = sum(x, {axes[2], axes[0], axes[1] - 4}, true);
      if (axes.size() == 4) result = sum(x, {}, true);
      CHECK(result.shape() == target);
      CHECK(all_close(result, plain_sum(x, axes), 1e-13));
      CHECK(all_close(sum_to(x, target), plain_sum(x, axes), 1e-13));
    }
  }
}

TEST_CASE("wide and tall matrices, beyond any block of the kernels") {
  Generator generator(2);
  const Tensor x = uniform({600, 700}, generator);
  CHECK(all_close(to(sum(x, 0, true), f64), plain_sum(x, {0}), 1e-6));
  CHECK(all_close(to(sum(x, 1, true), f64), plain_sum(x, {1}), 1e-6));
  CHECK(all_close(to(sum(transpose(x), 0, true), f64), plain_sum(transpose(x), {0}), 1e-6));
  CHECK(all_close(to(sum(transpose(x), 1, true), f64), plain_sum(transpose(x), {1}), 1e-6));
  const Tensor every_other = slice(uniform({5, 5000}, generator), 1, 0, 5000, 2);
  CHECK(all_close(to(sum(every_other, 0, true), f64), plain_sum(every_other, {0}), 1e-6));
  CHECK(all_close(to(sum(transpose(every_other), 1, true), f64), plain_sum(transpose(every_other), {1}), 1e-6));
  CHECK(same(max(x, 0), max(transpose(x), 1)));
  CHECK(same(max(x, 1), max(transpose(x), 0)));
  CHECK(same(min(x, 0), -max(-x, 0)));
  CHECK(same(max(x), max(max(x, 0))));
}

TEST_CASE("ten million ones sum to ten million") {
  const Tensor x = ones({10'000'000});
  CHECK(sum(x).item() == 1e7);
  CHECK(same(sum(reshape(x, {2'500'000, 4}), 0), full({4}, 2.5e6)));
  CHECK(mean(x).item() == 1);
  CHECK(sum_of_squares(x) == 1e7);
  // Numbers whose sum in f32, one after the other, is 3% off.
  const Tensor tenths = full({10'000'000}, 0.1);
  CHECK(sum(tenths).item() == Approx(1e6).epsilon(1e-6));
  CHECK(sum(reshape(tenths, {2'500'000, 4}), 0).to_vector<float>()[1] == Approx(2.5e5).epsilon(1e-6));
}

TEST_CASE("mean") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 9}});
  CHECK(same(mean(x), scalar(4)));
  CHECK(same(mean(x, 0), tensor({2.5, 3.5, 6})));
  CHECK(same(mean(x, 1, true), tensor({{2}, {6}})));
  CHECK_THROWS_WITH(mean(arange(3)), "mean: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
}

TEST_CASE("max and min") {
  const Tensor x = tensor({{1, 7, 3}, {4, -5, 6}});
  CHECK(same(max(x), scalar(7)));
  CHECK(same(min(x), scalar(-5)));
  CHECK(same(max(x, 0), tensor({4, 7, 6})));
  CHECK(same(min(x, 1, true), tensor({{1}, {-5}})));
  CHECK(same(max(transpose(x), 0), tensor({7, 6})));
  CHECK(same(max(tensor({-infinity, -infinity})), scalar(-infinity)));
  CHECK(same(min(tensor({3, 1, 2}, i64)), scalar(1, i64)));
  CHECK(same(max(tensor({-3, -1}, i64)), scalar(-1, i64)));
  CHECK_THROWS_WITH(max(ones({2}, boolean)), "max: dtype bool: only numbers are supported; convert with to(x, f32)");
}

TEST_CASE("max and min hand NaN on, wherever it stands") {
  for (Index n : {1, 5, 40, 300})
    for (Index at = 0; at < n; ++at) {
      const Tensor x = arange(static_cast<double>(n), f32);
      x.write<float>()[at] = std::numeric_limits<float>::quiet_NaN();
      CAPTURE(n, at);
      REQUIRE(std::isnan(max(x).item()));
      REQUIRE(std::isnan(min(x).item()));
      REQUIRE(std::isnan(max(expand(reshape(x, {n, 1}), {n, 2}), 0).to_vector<float>()[1]));
      REQUIRE(argmax(x, 0).item() == static_cast<double>(at));
      REQUIRE(argmin(x, 0).item() == static_cast<double>(at));
    }
}

TEST_CASE("argmax and argmin find the first of equals") {
  const Tensor x = tensor({{1, 7, 7}, {4, -5, -5}});
  CHECK(same(argmax(x, 1), tensor({1, 0}, i64)));
  CHECK(same(argmin(x, 1), tensor({0, 1}, i64)));
  CHECK(same(argmax(x, 0), tensor({1, 0, 0}, i64)));
  CHECK(same(argmax(x, -1, true), tensor({{1}, {0}}, i64)));
  CHECK(same(argmax(transpose(x), 0), tensor({1, 0}, i64)));
  CHECK(same(argmax(tensor({2, 5, 5}, i64), 0), scalar(1, i64)));
  CHECK(same(argmax(tensor({{{1, 2}, {3, 0}}, {{9, 8}, {7, 6}}}), 1), tensor({{1, 0}, {0, 0}}, i64)));
  CHECK(argmax(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK_THROWS_WITH(argmax(zeros({2, 0}), 1), "argmax: [2, 0]: dimension 1 has no elements");
  CHECK_THROWS_WITH(argmin(x, 2), "argmin: [2, 3] has no dimension 2");
  CHECK_THROWS_AS(argmax(ones({2}, boolean), 0), Error);
}

TEST_CASE("logsumexp neither overflows nor loses small numbers") {
  CHECK(logsumexp(tensor({0, 0, 0, 0}, f64)).item() == Approx(std::log(4.0)));
  CHECK(logsumexp(tensor({1000, 1000}, f64)).item() == Approx(1000 + std::log(2.0)));
  CHECK(logsumexp(tensor({-1000, -1000}, f64)).item() == Approx(-1000 + std::log(2.0)));
  CHECK(same(logsumexp(tensor({-infinity, 2})), scalar(2)));
  CHECK(same(logsumexp(tensor({-infinity, -infinity})), scalar(-infinity)));
  CHECK(same(logsumexp(tensor({infinity, 1})), scalar(infinity)));
  CHECK(std::isnan(logsumexp(tensor({not_a_number, 1})).item()));
  const Tensor x = tensor({{1, 2}, {3, 4}}, f64);
  CHECK(all_close(logsumexp(x, 0, true), log(sum(exp(x), 0, true)), 1e-14));
  CHECK(logsumexp(x, 0, true).shape() == Shape{1, 2});
  CHECK(all_close(logsumexp(x, 1), log(sum(exp(x), 1)), 1e-14));
  CHECK(all_close(logsumexp(x), log(sum(exp(x))), 1e-14));
  CHECK(same(logsumexp(zeros({0})), scalar(-infinity)));
  CHECK_THROWS_AS(logsumexp(arange(2)), Error);
}

TEST_CASE("any and all") {
  const Tensor x = tensor({{1, 0, 0}, {1, 1, 0}}, boolean);
  CHECK(same(any(x, 0), tensor({1, 1, 0}, boolean)));
  CHECK(same(all(x, 0), tensor({1, 0, 0}, boolean)));
  CHECK(same(any(x, 1), tensor({1, 1}, boolean)));
  CHECK(same(all(transpose(x), 0), tensor({0, 0}, boolean)));
  CHECK(same(any(x), scalar(1, boolean)));
  CHECK(same(all(x, {}, true), tensor({{0}}, boolean)));
  CHECK(same(any(zeros({0}, boolean)), scalar(0, boolean)));
  CHECK(same(all(zeros({0}, boolean)), scalar(1, boolean)));
  CHECK_THROWS_WITH(any(tensor({1})), "any: dtype f32: a bool tensor is needed; make one with a comparison");
  CHECK_THROWS_AS(all(tensor({1})), Error);
}

TEST_CASE("reductions of nothing") {
  CHECK(same(sum(zeros({0, 3}), 0), zeros({3})));
  CHECK(sum(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(std::isnan(mean(zeros({0})).item()));
  CHECK(max(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK_THROWS_WITH(max(zeros({0, 3}), 0), "max: [0, 3]: nothing has no max: reduce a dimension that has elements");
  CHECK_THROWS_AS(min(zeros({0})), Error);
}

TEST_CASE("axes are checked") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH(sum(x, 2), "sum: [2, 3] has no dimension 2");
  CHECK_THROWS_WITH(mean(x, {0, -2}), "mean: dimension -2 of [2, 3] is named twice");
  CHECK_THROWS_AS(max(x, -3), Error);
  CHECK_THROWS_AS(any(zeros({2}, boolean), 1), Error);
  CHECK_THROWS_AS(logsumexp(x, 5), Error);
}

TEST_CASE("sum_of_squares") {
  CHECK(sum_of_squares(tensor({{3, 4}, {0, 12}})) == 169);
  CHECK(sum_of_squares(select(tensor({{3, 4}, {1, 12}}, f64), 1, 0)) == 10);
  CHECK(sum_of_squares(zeros({0})) == 0);
  CHECK(sum_of_squares(full({2}, 1e30)) == Approx(2e60).epsilon(1e-6));  // beyond f32
  CHECK_THROWS_WITH(sum_of_squares(arange(2)),
                    "sum_of_squares: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
}

TEST_CASE("sum_to undoes broadcasting") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(sum_to(x, {2, 3}), x));
  CHECK(same(sum_to(x, {3}), tensor({5, 7, 9})));
  CHECK(same(sum_to(x, {1, 3}), tensor({{5, 7, 9}})));
  CHECK(same(sum_to(x, {2, 1}), tensor({{6}, {15}})));
  CHECK(same(sum_to(x, {}), scalar(21)));
  CHECK(same(sum_to(x, {1}), tensor({21})));
  CHECK(same(sum_to(reshape(x, {1, 2, 3}), {2, 3}), x));
  CHECK(same(sum_to(reshape(transpose(x), {1, 3, 2}), {3, 2}), transpose(x)));
  CHECK_THROWS_WITH(sum_to(x, {2}), "sum_to: [2, 3] to [2]: the latter does not stretch to the former");
}

TEST_CASE("prod") {
  const Tensor x = tensor({{1, 2, 3}, {4, -5, 0.5}});
  CHECK(prod(x).item() == -60);
  CHECK(same(prod(x, 0), tensor({4, -10, 1.5})));
  CHECK(same(prod(x, 1, true), tensor({{6}, {-10}})));
  CHECK(same(prod(transpose(x), 0), tensor({6, -10})));
  CHECK(same(prod(to(x, f64), -1), tensor({6, -10}, f64)));
  CHECK(same(prod(tensor({{1, 2}, {3, 4}}, i64)), scalar(24, i64)));
  CHECK(prod(full({64}, 2, i64)).item() == 0);  // it wraps around
  CHECK(same(prod(tensor({{1, 1}, {1, 0}}, boolean), 1), tensor({1, 0}, i64)));
  CHECK(prod(zeros({0})).item() == 1);
  CHECK(same(prod(zeros({2, 0}), 1), ones({2})));
  CHECK(std::isnan(prod(tensor({0, std::nan("")})).item()));
  CHECK(prod(full({5000}, 1.0009765625)).item() == Approx(std::pow(1.0009765625, 5000)).epsilon(1e-4));
  CHECK_THROWS_WITH(prod(x, 2), "prod: [2, 3] has no dimension 2");
}
