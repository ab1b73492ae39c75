// Activations and dropout: values and gradients by hand, also far from 0, where digits are easily lost.
#include "glance/autograd/activations.h"

#include <cmath>
#include <numbers>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/reduce.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

Tensor gradient(const Variable& y, const Variable& x) { return grad(sum(y), {x})[0].value(); }

TEST_CASE("activations: values and gradients by hand") {
  const Variable zero = given({0}, f64);
  const Variable one = given({1}, f64);
  const double e = std::numbers::e;
  const double density = std::exp(-0.5) / std::sqrt(2 * std::numbers::pi);  // of the normal distribution at 1
  const double below = 0.8413447460685429;                                  // its distribution function at 1

  CHECK(exp(one).item() == Approx(e));
  CHECK(gradient(exp(one), one).item() == Approx(e));
  CHECK(log(one).item() == 0);
  CHECK(gradient(log(one * 4), one).item() == Approx(1));
  CHECK(tanh(one).item() == Approx(0.7615941559557649));
  CHECK(gradient(tanh(one), one).item() == Approx(0.4199743416140261));
  CHECK(sigmoid(zero).item() == 0.5);
  CHECK(gradient(sigmoid(zero), zero).item() == 0.25);
  CHECK(sigmoid(one).item() == Approx(e / (1 + e)));
  CHECK(gradient(sigmoid(one), one).item() == Approx(e / ((1 + e) * (1 + e))));
  CHECK(erf(one).item() == Approx(0.8427007929497149));
  CHECK(gradient(erf(zero), zero).item() == Approx(2 / std::sqrt(std::numbers::pi)));
  CHECK(gelu(one).item() == Approx(below));
  CHECK(gradient(gelu(one), one).item() == Approx(below + density));
  CHECK(gradient(gelu(zero), zero).item() == Approx(0.5));
}

TEST_CASE("functions near 0 and of angles: values and gradients by hand") {
  const Variable one = given({1}, f64);
  const double s = std::sin(1.0), c = std::cos(1.0), e = std::numbers::e;
  CHECK(expm1(one).item() == Approx(e - 1));
  CHECK(gradient(expm1(one), one).item() == Approx(e));
  CHECK(log1p(one).item() == Approx(std::log(2.0)));
  CHECK(gradient(log1p(one), one).item() == Approx(0.5));
  CHECK(sin(one).item() == Approx(s));
  CHECK(gradient(sin(one), one).item() == Approx(c));
  CHECK(cos(one).item() == Approx(c));
  CHECK(gradient(cos(one), one).item() == Approx(-s));
  CHECK(tan(one).item() == Approx(s / c));
  CHECK(gradient(tan(one), one).item() == Approx(1 / (c * c)));
  const double sigma = e / (1 + e);
  CHECK(silu(one).item() == Approx(sigma));
  CHECK(gradient(silu(one), one).item() == Approx(sigma * (1 + (1 - sigma))));
  CHECK(softplus(one).item() == Approx(std::log(1 + e)));
  CHECK(gradient(softplus(one), one).item() == Approx(sigma));
}

TEST_CASE("gradients keep their digits in the tails") {
  const Variable far = given({-50, -20, 20, 50});
  const Tensor tail = tensor({std::exp(-50.0), std::exp(-20.0)});
  CHECK(all_close(slice(gradient(expm1(far), far), 0, 0, 2), tail, 1e-6, 0));
  CHECK(all_close(slice(gradient(softplus(far), far), 0, 0, 2), tail, 1e-6, 0));
  CHECK(all_close(gradient(silu(far), far), tensor({-49 * std::exp(-50.0), -19 * std::exp(-20.0), 1, 1}), 1e-6, 0));
}

TEST_CASE("activations stay finite far out") {
  const Variable x = given({-1000, -100, 100, 1000});
  CHECK(all(is_finite(gradient(tanh(x), x))).item() == 1);
  CHECK(all(is_finite(gradient(sigmoid(x), x))).item() == 1);
  CHECK(all(is_finite(gradient(gelu(x), x))).item() == 1);
  CHECK(same(gradient(gelu(x), x), tensor({0, 0, 1, 1})));
}

TEST_CASE("dropout is the value itself in evaluation") {
  const Variable x = given({1, 2, 3});
  CHECK(dropout(x, 0.5, nullptr).value().shares_storage(x.value()));
  Generator generator(1);
  const GeneratorState before = generator.state();
  CHECK(dropout(x, 0, &generator).value().shares_storage(x.value()));
  CHECK(generator.state() == before);
}

TEST_CASE("dropout drops the share it is told to, and keeps the expected value") {
  for (const double p : {0.1, 0.4, 0.75}) {
    Generator generator(7);
    const Variable x = parameter(ones({200, 500}));
    const Variable y = dropout(x, p, &generator);
    const float kept = static_cast<float>(1 / (1 - p));
    Index dropped = 0;
    Index scaled = 0;
    for (const float value : y.value().values<float>()) {
      dropped += value == 0;
      scaled += value == kept;
    }
    CHECK(dropped + scaled == x.numel());
    // Five standard deviations of a count of 100 000.
    CHECK(std::abs(static_cast<double>(dropped) / 1e5 - p) < 5 * std::sqrt(p * (1 - p) / 1e5));
    // Where dropped no gradient passes; elsewhere it is scaled as the value was.
    CHECK(same(gradient(y, x), y.value()));
  }
}

TEST_CASE("dropout repeats with its generator") {
  Generator first(3);
  Generator again(3);
  const Variable x = parameter(ones({100}));
  const Variable a = dropout(x, 0.5, &first);
  CHECK(same(a.value(), dropout(x, 0.5, &again).value()));
  CHECK(!same(a.value(), dropout(x, 0.5, &again).value()));
}

TEST_CASE("activations: bad input is an error") {
  const Variable x = given({1});
  CHECK_THROWS_WITH(dropout(x, 1, nullptr), "dropout: probability 1: it must be at least 0 and below 1");
  CHECK_THROWS_WITH(dropout(x, -0.5, nullptr), "dropout: probability -0.5: it must be at least 0 and below 1");
  CHECK_THROWS_AS(dropout(x, std::nan(""), nullptr), Error);
  const Variable integers = tensor({1, 2}, i64);
  for (Variable (*f)(const Variable&) :
       {+[](const Variable& v) { return exp(v); }, +[](const Variable& v) { return log(v); },
        +[](const Variable& v) { return tanh(v); }, +[](const Variable& v) { return sigmoid(v); },
        +[](const Variable& v) { return erf(v); }, +[](const Variable& v) { return gelu(v); }}) {
    CHECK_THROWS_AS(f(integers), Error);
    CHECK_THROWS_AS(f(Variable()), Error);
  }
}

}  // namespace
}  // namespace glance
