// What functions and their derivatives keep of their digits, far out where they level off, vanish or grow: f32 is held
// against f64 over all of its range.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/loss.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

// f32 numbers of both signs and of every size, close enough to each other to meet every tail.
Tensor all_sizes(double from, double to) {
  std::vector<float> values{0};
  for (double size = 1e-38; size < 3e38; size *= 1.019)
    for (const double x : {size, -size})
      if (x >= from && x <= to) values.push_back(static_cast<float>(x));
  return from_values(std::span<const float>(values), {static_cast<Index>(values.size())});
}

// Fails unless a, in f32, is within `units` of f32's last place of b, in f64; below 2^-126 places are equally far
// apart.
void check_digits(const char* what, const Tensor& x, const Tensor& a, const Tensor& b, double units) {
  const std::vector<float> at = x.to_vector<float>(), got = a.to_vector<float>();
  const std::vector<double> right = b.to_vector<double>();
  for (std::size_t i = 0; i < right.size(); ++i) {
    const double most = std::numeric_limits<float>::max();
    if (std::isnan(right[i]) || std::abs(right[i]) > most) continue;  // corners have tests of their own
    const double place = std::max(std::abs(right[i]) * 0x1p-23, 0x1p-149);
    const bool close = std::abs(static_cast<double>(got[i]) - right[i]) <= units * place;
    if (!close) FAIL(what << " at " << at[i] << ": " << got[i] << " where " << right[i] << " is right");
  }
}

}  // namespace

TEST_CASE("functions of one element and their derivatives keep their digits over all of f32's range") {
  struct Function {
    const char* name;
    Variable (*of)(const Variable&);
    double value, slope;  // units in the last place
    double from = -3e38, to = 3e38;
  };
  const std::vector<Function> functions = {
      {"exp", [](const Variable& x) { return exp(x); }, 2, 2},
      {"log", [](const Variable& x) { return log(x); }, 2, 2, 0},
      {"tanh", [](const Variable& x) { return tanh(x); }, 2, 4},
      {"sigmoid", [](const Variable& x) { return sigmoid(x); }, 2, 4},
      {"erf", [](const Variable& x) { return erf(x); }, 2, 3},
      {"gelu", [](const Variable& x) { return gelu(x); }, 4, 5, 0},
      {"gelu below its zero", [](const Variable& x) { return gelu(x); }, 4, 5, -3e38, -1.5},
      {"relu", [](const Variable& x) { return relu(x); }, 0.5, 0.5},
      {"abs", [](const Variable& x) { return abs(x); }, 0.5, 0.5},
      {"square", [](const Variable& x) { return square(x); }, 1, 1},
      {"sqrt", [](const Variable& x) { return sqrt(x); }, 1, 2, 0},
      {"x^3", [](const Variable& x) { return pow(x, 3); }, 1, 2},
      {"x^-1.5", [](const Variable& x) { return pow(x, -1.5); }, 1, 2, 0},
      {"1/x", [](const Variable& x) { return 1 / x; }, 1, 2, 1e-18},
  };
  for (const Function& f : functions) {
    const Tensor x = all_sizes(f.from, f.to);
    const Variable narrow = parameter(x), wide = parameter(to(x, f64));
    const Variable y = f.of(narrow), right = f.of(wide);
    check_digits(f.name, x, y.value(), right.value(), f.value);
    check_digits((std::string("the derivative of ") + f.name).c_str(), x, grad(sum(y), {narrow})[0].value(),
                 grad(sum(right), {wide})[0].value(), f.slope);
  }
}

TEST_CASE("losses of confident answers, and their gradients, are small and not zero") {
  for (const DType dtype : {f32, f64})
    for (const double z : {1.0, 5.0, 15.0, 20.0, 40.0, 80.0}) {
      INFO(name(dtype) << " " << z);
      const double tolerance = dtype == f32 ? 1e-6 : 1e-14;
      const double loss = std::log1p(std::exp(-z)), slope = -1 / (1 + std::exp(z));
      const auto check = [&](const Variable& y, const Variable& x, double sign) {
        CHECK(y.item() == Approx(loss).epsilon(tolerance).margin(1e-44));
        const Tensor g = reshape(grad(y, {x})[0].value(), {-1});
        CHECK(select(g, 0, 0).item() == Approx(sign * slope).epsilon(tolerance).margin(1e-44));
      };
      const Tensor target = tensor({0}, i64), ones_ = ones({1}, dtype), zeros_ = zeros({1}, dtype);
      const Variable logits = parameter(tensor({{z, 0}}, dtype));
      check(softmax_cross_entropy(logits, target), logits, 1);
      check(composed_softmax_cross_entropy(logits, target), logits, 1);
      check(nll_loss(log_softmax(logits, -1), target), logits, 1);
      const Variable columns = parameter(tensor({{z}, {0}}, dtype));
      check(-select(select(log_softmax(columns, 0), 0, 0), 0, 0), columns, 1);
      const Variable sure = parameter(tensor({z}, dtype)), sure_not = parameter(tensor({-z}, dtype));
      check(binary_cross_entropy_with_logits(sure, ones_), sure, 1);
      check(binary_cross_entropy_with_logits(sure_not, zeros_), sure_not, -1);
      check(logsumexp(stack({zeros_, sure_not}, 0)), sure_not, -1);
    }
}

TEST_CASE("the gradients of the logarithm of a sum do not depend on how far from zero its elements lie") {
  for (const double far : {0.0, 1e3, 1e6, -1e7, 1e30}) {
    const Variable x = parameter(full({2, 3}, far));
    for (const Axes& axes : {Axes(), Axes(1)}) {
      const auto g = grad(sum(logsumexp(x, axes)), {x});
      CHECK(all_close(g[0].value(), full({2, 3}, axes.all() ? 1.0 / 6 : 1.0 / 3), 1e-6));
    }
  }
  const Variable nothing = parameter(full({3}, -std::numeric_limits<double>::infinity()));
  CHECK(same(grad(logsumexp(nothing), {nothing})[0].value(), zeros({3})));
}
