#include "autograd/reductions.h"

#include <cmath>
#include <limits>

#include "autograd/arithmetic.h"
#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "tensor/reduce.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

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

TEST_CASE("max and min share the gradient of equals evenly") {
  const Variable x = given({{3, 1, 3, 3}, {2, 2, 0, 1}}, f64);
  CHECK(all_close(gradient(max(x, 1), x), tensor({{1. / 3, 0, 1. / 3, 1. / 3}, {0.5, 0.5, 0, 0}}, f64)));
  CHECK(all_close(gradient(max(x), x), tensor({{1. / 3, 0, 1. / 3, 1. / 3}, {0, 0, 0, 0}}, f64)));
  CHECK(same(gradient(min(x, 0), x), tensor({{0, 1, 0, 0}, {1, 0, 1, 1}}, f64)));
}

TEST_CASE("logsumexp: values and gradients by hand") {
  const double third = std::log(3);
  const Variable x = given({{0, third}, {third, third}}, f64);
  CHECK(all_close(logsumexp(x, 1).value(), tensor({std::log(4), std::log(6)}, f64)));
  CHECK(all_close(gradient(logsumexp(x, 1), x), tensor({{0.25, 0.75}, {0.5, 0.5}}, f64)));
}

TEST_CASE("logsumexp passes no gradient to a row of nothing but -infinity") {
  const Variable x = given({{-infinity, -infinity}, {-infinity, 0}}, f64);
  CHECK(same(logsumexp(x, 1).value(), tensor({-infinity, 0}, f64)));
  CHECK(same(gradient(logsumexp(x, 1), x), tensor({{0, 0}, {0, 1}}, f64)));
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

TEST_CASE("reductions: derivatives agree with differences") {
  struct Reduction {
    const char* name;
    Variable (*f)(const Variable&, const Axes&, bool);
  };
  const Reduction reductions[] = {
      {"sum", [](const Variable& x, const Axes& axes, bool keepdim) { return square(sum(x, axes, keepdim)); }},
      {"mean", [](const Variable& x, const Axes& axes, bool keepdim) { return square(mean(x, axes, keepdim)); }},
      {"max", [](const Variable& x, const Axes& axes, bool keepdim) { return square(max(x, axes, keepdim)); }},
      {"min", [](const Variable& x, const Axes& axes, bool keepdim) { return square(min(x, axes, keepdim)); }},
      {"logsumexp", [](const Variable& x, const Axes& axes, bool keepdim) { return logsumexp(x, axes, keepdim); }},
  };
  const Tensor cube = random_values({2, 3, 2});
  for (const auto& [name, f] : reductions) {
    INFO(name);
    for (const bool keepdim : {false, true}) {
      for (const Axes& axes : {Axes(), Axes(0), Axes(-2), Axes({0, 2}), Axes({0, 1, 2})}) {
        const auto reduced = [&, f = f](const Variable& x) { return f(x, axes, keepdim); };
        CHECK_NOTHROW(gradcheck(reduced, {cube}));
        CHECK_NOTHROW(gradcheck(reduced, {transpose(cube, 0, 2)}));
      }
      const auto whole = [&, f = f](const Variable& x) { return f(x, {}, keepdim); };
      CHECK_NOTHROW(gradcheck(whole, {random_values({1})}));
      CHECK_NOTHROW(gradcheck(whole, {random_values({})}));
      // No rows of three elements each: nothing comes out, and nothing is wrong with that.
      CHECK_NOTHROW(gradcheck([&, f = f](const Variable& x) { return f(x, 1, keepdim); }, {zeros({0, 3}, f64)}));
    }
  }
  CHECK_NOTHROW(gradcheck([](const Variable& x) { return sum(x); }, {zeros({0, 3}, f64)}));
}

TEST_CASE("sum_to, softmax and log_softmax: derivatives agree with differences") {
  const Tensor x = random_values({2, 3, 2});
  for (const Shape& shape : {Shape{}, Shape{2}, Shape{3, 1}, Shape{2, 1, 2}, Shape{2, 3, 2}})
    CHECK_NOTHROW(gradcheck([&](const Variable& v) { return sum_to(v * v, shape); }, {x}));
  for (const int dim : {0, 1, -1}) {
    for (const Tensor& in : {x, transpose(x, 0, 2), random_values({1, 1, 1}), zeros({2, 0, 3}, f64)}) {
      CHECK_NOTHROW(gradcheck([&](const Variable& v) { return softmax(v, dim); }, {in}));
      CHECK_NOTHROW(gradcheck([&](const Variable& v) { return log_softmax(v, dim); }, {in}));
    }
  }
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

}  // namespace
}  // namespace glance
