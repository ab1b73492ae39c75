#include "glance/autograd/activations.h"

#include <numbers>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"

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

// d(tanh x)/dx = 1 - tanh² x
Variable tanh(const Variable& x) {
  return record("tanh", {x}, tanh(x.value()), Save::outputs,
                [](const Saved& s, const Variable& grad) { return grad * (1 - square(s.output())); });
}

// dσ(x)/dx = σ(x) (1 - σ(x))
Variable sigmoid(const Variable& x) {
  return record("sigmoid", {x}, sigmoid(x.value()), Save::outputs, [](const Saved& s, const Variable& grad) {
    const Variable y = s.output();
    return grad * (y * (1 - y));
  });
}

// d(erf x)/dx = 2/√π exp(-x²)
Variable erf(const Variable& x) {
  return record("erf", {x}, erf(x.value()), Save::inputs, [](const Saved& s, const Variable& grad) {
    return grad * (exp(-square(s.input(0))) * (2 * std::numbers::inv_sqrtpi));
  });
}

// d(relu x)/dx = 1 where x > 0, else 0
Variable relu(const Variable& x) {
  return record("relu", {x}, relu(x.value()), Save::outputs,
                [](const Saved& s, const Variable& grad) { return where(less_equal(s.output().value(), 0), 0, grad); });
}

// d(x Φ(x))/dx = Φ(x) + x φ(x)  with  Φ(x) = (1 + erf(x/√2)) / 2  and  φ(x) = exp(-x²/2) / √(2π)
Variable gelu(const Variable& x) {
  return record("gelu", {x}, gelu(x.value()), Save::inputs, [](const Saved& s, const Variable& grad) {
    constexpr double inverse_sqrt2 = 1 / std::numbers::sqrt2;
    const Variable in = s.input(0);
    const Variable distribution = (1 + erf(in * inverse_sqrt2)) * 0.5;
    const Variable density = exp(square(in) * -0.5) * (inverse_sqrt2 * std::numbers::inv_sqrtpi);
    return grad * (distribution + in * density);
  });
}

Variable dropout(const Variable& x, double p, Generator* noise) {
  if (!(p >= 0 && p < 1)) throw Error(formatted("dropout: probability {}: it must be at least 0 and below 1", p));
  if (!noise || p == 0) return x;
  const Tensor mask = where(bernoulli(x.shape(), 1 - p, *noise), full(x.shape(), 1 / (1 - p), x.dtype()), 0);
  return record("dropout", {x}, x.value() * mask, Save::nothing,
                [mask](const Saved&, const Variable& grad) { return grad * mask; });
}

}  // namespace glance
