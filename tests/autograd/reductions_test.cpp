// Reductions and softmax: values and gradients by hand, and products of zeros.
#include "glance/autograd/reductions.h"

#include <cmath>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/gradcheck.h"
#include "glance/tensor/reduce.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

Tensor gradient(const Variable& y, const Variable& x) { return grad(sum(y), {x})[0].value(); }

// d/dx of each element of y times its number: 1, 2, …
Tensor weighted_gradient(const Variable& y, const Variable& x) {
  const Tensor weights = reshape(arange(1, static_cast<double>(y.numel()) + 1, 1, y.dtype()), y.shape());
  return grad(y, {x}, weights)[0].value();
}

TEST_CASE("reductions: values and gradients by hand") {
  const Variable x = given({{1, 2, 6}, {8, 5, 2}});
  CHECK(sum(x).item() == 24);
  CHECK(same(sum(x, 0).value(), tensor({9, 7, 8})));
  CHECK(same(weighted_gradient(sum(x), x), ones({2, 3})));
  CHECK(same(weighted_gradient(sum(x, 0), x), tensor({{1, 2, 3}, {1, 2, 3}})));
  CHECK(same(weighted_gradient(sum(x, -1, true), x), tensor({{1, 1, 1}, {2, 2, 2}})));

  CHECK(mean(x).item() == 4);
  CHECK(same(mean(x, 1).value(), tensor({3, 5})));
  CHECK(same(weighted_gradient(mean(x, 0), x), tensor({{0.5, 1, 1.5}, {0.5, 1, 1.5}})));

  CHECK(same(max(x, 0).value(), tensor({8, 5, 6})));
  CHECK(same(weighted_gradient(max(x, 0), x), tensor({{0, 0, 3}, {1, 2, 0}})));
  CHECK(same(min(x, 1, true).value(), tensor({{1}, {2}})));
  CHECK(same(weighted_gradient(min(x, 1), x), tensor({{1, 0, 0}, {0, 0, 2}})));

  CHECK(sum_to(x, {3}).shape() == Shape{3});
  CHECK(same(weighted_gradient(sum_to(x, {1, 3}), x), tensor({{1, 2, 3}, {1, 2, 3}})));
}

TEST_CASE("logsumexp: values and gradients by hand") {
  const double third = std::log(3);
  const Variable x = given({{0, third}, {third, third}}, f64);
  CHECK(all_close(logsumexp(x, 1).value(), tensor({std::log(4), std::log(6)}, f64)));
  CHECK(all_close(gradient(logsumexp(x, 1), x), tensor({{0.25, 0.75}, {0.5, 0.5}}, f64)));
}

TEST_CASE("softmax and log_softmax: values and gradients by hand") {
  const Variable x = given({{0, std::log(3)}}, f64);
  CHECK(all_close(softmax(x, 1).value(), tensor({{0.25, 0.75}}, f64)));
  CHECK(all_close(log_softmax(x, -1).value(), tensor({{std::log(0.25), std::log(0.75)}}, f64)));
  // Of y1 + 2 y2: the Jacobian of softmax is diag(y) - y yᵀ, that of log_softmax I - 1 yᵀ.
  CHECK(all_close(weighted_gradient(softmax(x, 1), x), tensor({{-0.1875, 0.1875}}, f64)));
  CHECK(all_close(weighted_gradient(log_softmax(x, 1), x), tensor({{0.25, -0.25}}, f64)));
  // The first dimension has one entry, which is all there is to choose.
  CHECK(same(softmax(x, 0).value(), ones({1, 2}, f64)));
  CHECK(same(weighted_gradient(softmax(x, 0), x), zeros({1, 2}, f64)));
}

TEST_CASE("the gradient of a sum is memory that may be written") {
  const Variable x = given({1, 2, 3});
  const Tensor gradient = grad(sum(x), {x})[0].value();
  REQUIRE(gradient.is_dense());
  gradient.write<float>()[0] = 5;
  CHECK(same(gradient, tensor({5, 1, 1})));
}

TEST_CASE("reductions: bad input is an error") {
  const Variable x = parameter(zeros({2, 3}));
  CHECK_THROWS_AS(sum(x, 2), Error);
  CHECK_THROWS_AS(sum(x, {0, 0}), Error);
  CHECK_THROWS_AS(mean(x, -3), Error);
  CHECK_THROWS_AS(max(parameter(zeros({0})), {}), Error);
  CHECK_THROWS_AS(min(parameter(zeros({2, 0})), 1), Error);
  CHECK_THROWS_AS(logsumexp(Variable(zeros({2}, i64))), Error);
  CHECK_THROWS_AS(sum_to(x, {2}), Error);
  CHECK_THROWS_AS(softmax(x, 2), Error);
  CHECK_THROWS_AS(log_softmax(x, -3), Error);
  CHECK_THROWS_AS(sum(Variable()), Error);
}

TEST_CASE("prod and cumsum: values and gradients by hand") {
  const Variable x = given({{2, 3, 4}, {5, 0, 6}, {0, 7, 0}});
  CHECK(same(prod(x, 1).value(), tensor({24, 0, 0})));
  CHECK(same(weighted_gradient(prod(x, 1), x), tensor({{12, 8, 6}, {0, 60, 0}, {0, 0, 0}})));
  CHECK(same(weighted_gradient(prod(x, 0, true), x), tensor({{0, 0, 0}, {0, 42, 0}, {10, 0, 72}})));
  CHECK(same(gradient(prod(x, {0, 1}), x), zeros({3, 3})));
  CHECK(prod(given({7})).item() == 7);
  CHECK(same(cumsum(x, 1).value(), tensor({{2, 5, 9}, {5, 5, 11}, {0, 7, 7}})));
  CHECK(same(gradient(cumsum(x, 1), x), tensor({{3, 2, 1}, {3, 2, 1}, {3, 2, 1}})));
  CHECK(same(gradient(cumsum(x, 0) * tensor({{1}, {10}, {100}}), x),
             tensor({{111, 111, 111}, {110, 110, 110}, {100, 100, 100}})));
}

TEST_CASE("a product of zeros has second derivatives") {
  gradcheck([](const Variable& v) { return prod(v, 1); }, {tensor({{0, 2, 3, 1}, {0, 0, 4, 5}, {0, 0, 0, 1}}, f64)});
  // d²(abc)/da db = c, though both are 0
  const Variable x = given({0, 0, 5}, f64);
  const Variable first = grad(prod(x), {x}, {.create_graph = true})[0];
  CHECK(same(grad(first, {x}, tensor({1, 0, 0}, f64))[0].value(), tensor({0, 5, 0}, f64)));
}

}  // namespace
}  // namespace glance
