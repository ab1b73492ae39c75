// Activations and other functions of one element, each with its derivative. Derivatives that would lose digits when put
// together from other functions, such as 1 - tanh², are operations of their own here.
#include "glance/autograd/activations.h"

#include <numbers>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/kernels/slope_product.h"
#include "glance/tensor/slopes.h"

namespace glance {

// d(exp x)/dx = exp x
Variable exp(const Variable& x) {
  return record("exp", {x}, exp(x.value()), Save::outputs,
                [](const Saved& s, const Variable& grad) { return grad * s.output(); });
}

// d(log x)/dx = 1/x
Variable log(const Variable& x) {
  return record("log", {x}, log(x.value()), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad / s.input(0); });
}

namespace {

// d(1 - tanh² x)/dx = -2 tanh x (1 - tanh² x)
Variable tanh_slope(const Variable& x) {
  return record("tanh_slope", {x}, tanh_slope(x.value()), Save::inputs | Save::outputs,
                [](const Saved& s, const Variable& grad) { return grad * (tanh(s.input(0)) * s.output() * -2); });
}

// dσ'(x)/dx = (1 - 2σ(x)) σ'(x) = -tanh(x/2) σ'(x)
Variable sigmoid_slope(const Variable& x) {
  return record("sigmoid_slope", {x}, sigmoid_slope(x.value()), Save::inputs | Save::outputs,
                [](const Saved& s, const Variable& grad) { return grad * (-tanh(s.input(0) * 0.5) * s.output()); });
}

// d(2/√π exp(-x²))/dx = -2x · 2/√π exp(-x²)
Variable erf_slope(const Variable& x) {
  return record("erf_slope", {x}, erf_slope(x.value()), Save::inputs | Save::outputs,
                [](const Saved& s, const Variable& grad) { return grad * (s.input(0) * s.output() * -2); });
}

// d(Φ(x) + x φ(x))/dx = (2 - x²) φ(x)  with  φ(x) = exp(-x²/2) / √(2π) = 2/√π exp(-(x/√2)²) / √8
Variable gelu_slope(const Variable& x) {
  return record("gelu_slope", {x}, gelu_slope(x.value()), Save::inputs, [](const Saved& s, const Variable& grad) {
    const Variable in = s.input(0);
    return grad * ((2 - square(in)) * erf_slope(in / std::numbers::sqrt2) * (0.25 * std::numbers::sqrt2));
  });
}

// The rule of a function whose slope is made of its argument: g f'(x), in one walk where nobody differentiates again.
template <Bent function, Variable (*slope)(const Variable&)>
void slope_rule(const Saved& s, Gradients& g) {
  if (g.create_graph())
    g.add(0, g.output() * slope(s.input(0)));
  else
    put_slope_product(function, s.input(0).value(), g.output().value(), g.destination(0));
}

}  // namespace

// d(tanh x)/dx = 1 - tanh² x
Variable tanh(const Variable& x) {
  return record("tanh", {x}, tanh(x.value()), Save::inputs, slope_rule<Bent::tanh, tanh_slope>);
}

// dσ(x)/dx = σ(x) (1 - σ(x))
Variable sigmoid(const Variable& x) {
  return record("sigmoid", {x}, sigmoid(x.value()), Save::inputs, slope_rule<Bent::sigmoid, sigmoid_slope>);
}

// d(erf x)/dx = 2/√π exp(-x²)
Variable erf(const Variable& x) {
  return record("erf", {x}, erf(x.value()), Save::inputs, slope_rule<Bent::erf, erf_slope>);
}

// d(x Φ(x))/dx = Φ(x) + x φ(x), with the normal distribution function Φ and its density φ
Variable gelu(const Variable& x) {
  return record("gelu", {x}, gelu(x.value()), Save::inputs, slope_rule<Bent::gelu, gelu_slope>);
}

// d(exp x - 1)/dx = exp x
Variable expm1(const Variable& x) {
  return record("expm1", {x}, expm1(x.value()), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad * exp(s.input(0)); });
}

// d(log(1 + x))/dx = 1/(1 + x)
Variable log1p(const Variable& x) {
  return record("log1p", {x}, log1p(x.value()), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad / (s.input(0) + 1); });
}

// d(sin x)/dx = cos x
Variable sin(const Variable& x) {
  return record("sin", {x}, sin(x.value()), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad * cos(s.input(0)); });
}

// d(cos x)/dx = -sin x
Variable cos(const Variable& x) {
  return record("cos", {x}, cos(x.value()), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad * -sin(s.input(0)); });
}

// d(tan x)/dx = 1 + tan² x
Variable tan(const Variable& x) {
  return record("tan", {x}, tan(x.value()), Save::outputs,
                [](const Saved& s, const Variable& grad) { return grad * (1 + square(s.output())); });
}

// d(relu x)/dx = 1 where x > 0, else 0
Variable relu(const Variable& x) {
  return record("relu", {x}, relu(x.value()), Save::outputs,
                [](const Saved& s, const Variable& grad) { return where(less_equal(s.output().value(), 0), 0, grad); });
}

// y = x σ(x),  dy/dx = σ(x) + y σ(-x), where σ(-x) is 1 - σ(x) without cancellation
Variable silu(const Variable& x) {
  return record("silu", {x}, silu(x.value()), Save::inputs | Save::outputs, [](const Saved& s, const Variable& grad) {
    const Variable in = s.input(0);
    return grad * (sigmoid(in) + s.output() * sigmoid(-in));
  });
}

// d(log(1 + exp x))/dx = σ(x)
Variable softplus(const Variable& x) {
  return record("softplus", {x}, softplus(x.value()), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad * sigmoid(s.input(0)); });
}

Variable dropout(const Variable& x, double p, Generator* noise) {
  if (!(p >= 0 && p < 1)) throw Error(formatted("dropout: probability {}: it must be at least 0 and below 1", p));
  if (!noise || p == 0) return x;
  const Tensor mask = where(bernoulli(x.shape(), 1 - p, *noise), full(x.shape(), 1 / (1 - p), x.dtype()), 0);
  return record("dropout", {x}, x.value() * mask, Save::nothing,
                [mask](const Saved&, const Variable& grad) { return grad * mask; });
}

}  // namespace glance
