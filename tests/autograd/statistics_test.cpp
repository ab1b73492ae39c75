// Norms and variances: values and gradients by hand, and no NaN where a number is 0 or all are equal.
#include "glance/autograd/statistics.h"

#include <cmath>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/reduce.h"
#include "tests/catch.h"

using namespace glance;

namespace {

Tensor gradient(const Variable& y, const Variable& x) { return grad(sum(y), {x})[0].value(); }

}  // namespace

TEST_CASE("lengths and spreads: values and gradients by hand") {
  const Variable x = parameter(tensor({{3, 4}, {0, 2}}, f64));
  CHECK(same(norm(x, 1).value(), tensor({5, 2}, f64)));
  CHECK(all_close(gradient(norm(x, 1), x), tensor({{0.6, 0.8}, {0, 1}}, f64)));
  CHECK(all_close(deviations(x, 1).value(), tensor({{-0.5, 0.5}, {-1, 1}}, f64)));
  // d var/dx = 2 (x - mean) / (n - 1), and d std/dx = that over 2 std
  CHECK(all_close(var(x, 1).value(), tensor({0.5, 2}, f64)));
  CHECK(all_close(gradient(var(x, 1), x), tensor({{-1, 1}, {-2, 2}}, f64)));
  CHECK(all_close(gradient(var(x, 1, true, 0), x), tensor({{-0.5, 0.5}, {-1, 1}}, f64)));
  CHECK(all_close(gradient(standard_deviation(x, 1), x),
                  tensor({{-std::sqrt(0.5), std::sqrt(0.5)}, {-std::sqrt(0.5), std::sqrt(0.5)}}, f64)));
}

TEST_CASE("far from 0 the gradient of the variance is as exact as near it") {
  const Variable x = parameter(arange(8e6, 8e6 + 5, 1, f32));
  CHECK(same(gradient(var(x), x), tensor({-1, -0.5, 0, 0.5, 1})));
  const Variable equal = parameter(full({7}, 5505.9));
  CHECK(same(gradient(var(equal), equal), zeros({7})));
}

TEST_CASE("second derivatives of lengths and spreads of zeros are free of NaN") {
  const Variable x = parameter(zeros({3}, f64));
  for (const Variable& y : {norm(x), standard_deviation(x)}) {
    const Variable first = grad(y, {x}, {.create_graph = true})[0];
    CHECK(same(first.value(), zeros({3}, f64)));
    CHECK(all(is_finite(grad(sum(first), {x})[0].value())).item() == 1);
  }
}

TEST_CASE("lengths and spreads of bad input are errors") {
  CHECK_THROWS_WITH(norm(Variable(arange(3))), Contains("norm: dtype i64"));
  CHECK_THROWS_WITH(var(Variable(arange(3))), Contains("dtype i64"));
  CHECK_THROWS_WITH(var(Variable(zeros({2})), 1), "var: [2] has no dimension 1");
  CHECK_THROWS_WITH(standard_deviation(Variable(zeros({2})), {0, 0}),
                    "standard_deviation: dimension 0 of [2] is named twice");
}
