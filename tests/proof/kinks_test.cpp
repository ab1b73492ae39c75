// Derivatives where there is none: at kinks, ties, bounds and infinities, they are what PyTorch gives. Each was looked
// up there.
#include <cmath>
#include <limits>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/attention.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/normalisation.h"
#include "glance/autograd/recurrent.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/statistics.h"
#include "glance/autograd/views.h"
#include "glance/nn/loss.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/reduce.h"
#include "tests/catch.h"

namespace glance {
namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void check_same(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const auto got = to(a, f64).to_vector<double>();
  const auto expected = to(b, f64).to_vector<double>();
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("element " << i << ": " << got[i] << ", expected " << expected[i]);
    const bool agree = std::isnan(expected[i])   ? std::isnan(got[i])
                       : std::isinf(expected[i]) ? got[i] == expected[i]
                                                 : std::abs(got[i] - expected[i]) <= 1e-6;
    CHECK(agree);
  }
}

struct Point {
  const char* name;
  Variable (*f)(const Variable&);
  NestedList x;
  NestedList derivative;  // of the sum of f
};

TEST_CASE("functions of one value where they have no derivative") {
  const Point points[] = {
      {"relu", [](const Variable& x) { return relu(x); }, {-0.0, 0, nan}, {0, 0, 1}},
      {"abs", [](const Variable& x) { return abs(x); }, {-0.0, 0, -inf}, {0, 0, -1}},
      {"sqrt", [](const Variable& x) { return sqrt(x); }, {0, -0.0, -1, inf}, {inf, -inf, nan, 0}},
      {"log", [](const Variable& x) { return log(x); }, {0, -0.0, -1, inf}, {inf, -inf, -1, 0}},
      {"clamp", [](const Variable& x) { return clamp(x, -1, 1); }, {-2, -1, 0, 1, 2, nan}, {0, 1, 1, 1, 0, 0}},
      {"clamp to one value", [](const Variable& x) { return clamp(x, 1, 1); }, {0, 1, 2}, {0, 1, 0}},
      {"pow 0", [](const Variable& x) { return pow(x, 0); }, {0, -2, 3}, {0, 0, 0}},
      {"pow 1", [](const Variable& x) { return pow(x, 1); }, {0, -2}, {1, 1}},
      {"pow 2", [](const Variable& x) { return pow(x, 2); }, {0, -2}, {0, -4}},
      {"pow 3", [](const Variable& x) { return pow(x, 3); }, {0, -2}, {0, 12}},
      {"pow 1.5", [](const Variable& x) { return pow(x, 1.5); }, {0, -2}, {0, nan}},
      {"pow 0.5", [](const Variable& x) { return pow(x, 0.5); }, {0, -2}, {inf, nan}},
      {"pow -1", [](const Variable& x) { return pow(x, -1); }, {0, -0.0, -2}, {-inf, -inf, -0.25}},
      {"pow -2", [](const Variable& x) { return pow(x, -2); }, {0, -0.0, -2}, {-inf, inf, 0.25}},
      {"a number over it", [](const Variable& x) { return 1 / x; }, {0, -0.0, inf}, {-inf, -inf, 0}},
      {"max", [](const Variable& x) { return max(x); }, {3, 1, 3, 3}, {1. / 3, 0, 1. / 3, 1. / 3}},
      {"max of rows",
       [](const Variable& x) { return max(x, 1); },
       {{2, 2, 0, 1}, {nan, 1, 2, nan}, {inf, inf, 0, 0}},
       {{0.5, 0.5, 0, 0}, {nan, nan, nan, nan}, {0.5, 0.5, 0, 0}}},
      {"min of columns",
       [](const Variable& x) { return min(x, 0); },
       {{3, 1, 3}, {2, 1, 3}},
       {{0, .5, .5}, {1, .5, .5}}},
      {"logsumexp of an infinity",
       [](const Variable& x) { return logsumexp(x, 1); },
       {{-inf, 0}, {inf, 0}},
       {{0, 1}, {nan, 0}}},
      {"softmax of an infinity",
       [](const Variable& x) {
         return softmax(x, 1) * tensor({1, 2}, x.dtype());
       },
       {{-inf, -inf}, {-inf, 0}},
       {{nan, nan}, {0, 0}}},
      {"log_softmax of an infinity",
       [](const Variable& x) { return select(log_softmax(x, 1), 1, 1); },
       {{-inf, 0}},
       {{0, 0}}},
      {"sort of equals",
       [](const Variable& x) {
         return sort(x).values * tensor({1, 10, 100}, x.dtype());
       },
       {{2, 1, 1}},
       {{100, 1, 10}}},
      {"sort of equals, descending",
       [](const Variable& x) {
         return sort(x, -1, true).values * tensor({1, 10, 100}, x.dtype());
       },
       {{2, 1, 2}},
       {{1, 100, 10}}},
      {"topk of equals",
       [](const Variable& x) {
         return topk(x, 2).values * tensor({1, 10}, x.dtype());
       },
       {{2, 1, 2}},
       {{1, 0, 10}}},
      {"log1p", [](const Variable& x) { return log1p(x); }, {-1, -2, inf}, {inf, -1, 0}},
      {"norm", [](const Variable& x) { return norm(x, 1); }, {{0, 0}, {3, -4}}, {{0, 0}, {0.6, -0.8}}},
      {"var of equals", [](const Variable& x) { return var(x); }, {3, 3, 3}, {0, 0, 0}},
      {"standard_deviation of equals", [](const Variable& x) { return standard_deviation(x); }, {3, 3, 3}, {0, 0, 0}},
      {"prod of a zero", [](const Variable& x) { return prod(x); }, {2, 0, 5}, {0, 10, 0}},
      {"prod of zeros", [](const Variable& x) { return prod(x); }, {2, 0, 0}, {0, 0, 0}},
      {"layer_norm of equals", [](const Variable& x) { return layer_norm(x); }, {{1, 1}}, {{0, 0}}},
      {"layer_norm of equals, without epsilon",
       [](const Variable& x) { return layer_norm(x, {}, {}, 0); },
       {{1, 1}},
       {{nan, nan}}},
      {"a choice that hides infinity does not hide its derivative",
       [](const Variable& x) { return where(greater(x.value(), 0), log(x), 0); },
       {0, 1},
       {nan, 1}},
      {"binary_cross_entropy_with_logits at 0",
       [](const Variable& x) {
         return binary_cross_entropy_with_logits(x, tensor({0, 1}, x.dtype()));
       },
       {0, 0},
       {0.25, -0.25}},
  };
  for (const Point& point : points) {
    for (const DType dtype : {f32, f64}) {
      INFO(point.name << " in " << name(dtype));
      const Variable x = parameter(tensor(point.x, dtype));
      check_same(grad(sum(point.f(x)), {x})[0].value(), tensor(point.derivative, dtype));
    }
  }
}

struct PointOfTwo {
  const char* name;
  Variable (*f)(const Variable&, const Variable&);
  NestedList a, b;
  NestedList by_a, by_b;
};

TEST_CASE("functions of two values where they have no derivative") {
  const PointOfTwo points[] = {
      {"maximum",
       [](const Variable& a, const Variable& b) { return maximum(a, b); },
       {1, 2, nan, 3, inf, 0},
       {1, 1, 2, nan, inf, -0.0},
       {0.5, 1, 1, 1, 0.5, 0.5},
       {0.5, 0, 1, 1, 0.5, 0.5}},
      {"minimum",
       [](const Variable& a, const Variable& b) { return minimum(a, b); },
       {1, 2, nan, 3, inf, 0},
       {1, 1, 2, nan, inf, -0.0},
       {0.5, 0, 1, 1, 0.5, 0.5},
       {0.5, 1, 1, 1, 0.5, 0.5}},
      {"scatter_reduce of equals",
       [](const Variable& a, const Variable& b) {
         return scatter_reduce(a, 0, tensor({0, 0, 1}, i64), b, ScatterReduce::amax);
       },
       {2, 1, 3},
       {2, 1, 4},
       {0.5, 0, 1},
       {0.5, 0, 1}},
      {"divide",
       [](const Variable& a, const Variable& b) { return a / b; },
       {1, 0, -1, 0},
       {0, 0, 0, 2},
       {inf, inf, inf, 0.5},
       {-inf, nan, inf, 0}},
      {"pow",
       [](const Variable& a, const Variable& b) { return pow(a, b); },
       {0, 0, 0, 2, 0, -2, -2, 1, 0, 0, -2},
       {0, 1, 2, 0, 0.5, 2, -1, inf, -1, -0.5, 0},
       {0, 1, 0, 0, inf, -4, -0.25, inf, -inf, -inf, 0},
       {0, 0, 0, std::log(2), 0, nan, nan, 0, -inf, -inf, nan}},
  };
  for (const PointOfTwo& point : points) {
    for (const DType dtype : {f32, f64}) {
      INFO(point.name << " in " << name(dtype));
      const Variable a = parameter(tensor(point.a, dtype));
      const Variable b = parameter(tensor(point.b, dtype));
      const auto gradients = grad(sum(point.f(a, b)), {a, b});
      INFO("by the first, then by the second");
      check_same(gradients[0].value(), tensor(point.by_a, dtype));
      check_same(gradients[1].value(), tensor(point.by_b, dtype));
    }
  }
}

TEST_CASE("second derivatives of pow at 0 are free of NaN") {
  const Variable x = parameter(tensor({0, 0, 0, 2}, f64));
  const Variable y = parameter(tensor({0, 1, 2, 0}, f64));
  const auto first = grad(sum(pow(x, y)), {x, y}, {.create_graph = true});
  const auto second = grad(sum(first[0] + first[1]), {x, y});
  CHECK(all(is_finite(second[0].value())).item() == 1);
  CHECK(all(is_finite(second[1].value())).item() == 1);
  // d²(x^y)/dx dy = x^(y-1) (1 + y log x) and d²(x^y)/dx² = y (y-1) x^(y-2), at x = 2, y = 0
  CHECK(second[0].value().to_vector<double>()[3] == Approx(0.5));
  CHECK(second[1].value().to_vector<double>()[3] == Approx(0.5 + std::log(2) * std::log(2)));
}

TEST_CASE("the second derivative of binary cross-entropy at 0 is that of the sigmoid") {
  const Variable z = parameter(tensor({0}, f64));
  const Variable first = grad(binary_cross_entropy_with_logits(z, zeros({1}, f64)), {z}, {.create_graph = true})[0];
  CHECK(grad(sum(first), {z})[0].item() == Approx(0.25));
}

TEST_CASE("a relu network at rest passes no gradient, in one operation as step by step") {
  const Variable x = ones({1, 1, 1}, f64);
  const Variable w = parameter(zeros({1, 1}, f64));
  CHECK(grad(sum(rnn(x, {w, w, {}, {}}, Nonlinearity::relu).output), {w})[0].item() == 0);
  CHECK(grad(sum(composed_recurrent(CellKind::rnn_relu, x, {w, w, {}, {}}).output), {w})[0].item() == 0);
}

// PyTorch gives NaN in both; here padding must leak nowhere.
TEST_CASE("a row of nothing passes no gradient, where PyTorch has NaN") {
  const Variable x = parameter(tensor({{-inf, -inf}, {-inf, 0}}, f64));
  check_same(grad(sum(logsumexp(x, 1)), {x})[0].value(), tensor({{0, 0}, {0, 1}}, f64));
  const Variable scores = parameter(tensor({{1, 2}, {3, 4}}, f64));
  const Variable weights = attention_weights(scores, tensor({{0, 0}, {1, 0}}, boolean));
  check_same(weights.value(), tensor({{0, 0}, {1, 0}}, f64));
  check_same(grad(sum(square(weights)), {scores})[0].value(), zeros({2, 2}, f64));
}

}  // namespace
}  // namespace glance
