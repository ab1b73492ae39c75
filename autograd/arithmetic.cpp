// Arithmetic, powers and choices between two values, each with its derivatives; no rule sums over broadcast axes, the
// engine does.
#include "glance/autograd/arithmetic.h"

#include "glance/autograd/activations.h"
#include "glance/autograd/record.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"

namespace glance {

// d(a + b)/da = 1,  d(a + b)/db = 1
Variable operator+(const Variable& a, const Variable& b) {
  return record(
      "add", {a, b}, a.value() + b.value(), Save::nothing,  //
      [](const Saved&, const Variable& grad) { return grad; }, [](const Saved&, const Variable& grad) { return grad; });
}

// d(a - b)/da = 1,  d(a - b)/db = -1
Variable operator-(const Variable& a, const Variable& b) {
  return record(
      "subtract", {a, b}, a.value() - b.value(), Save::nothing, [](const Saved&, const Variable& grad) { return grad; },
      [](const Saved&, const Variable& grad) { return -grad; });
}

// d(ab)/da = b,  d(ab)/db = a. A factor is kept only for the other's derivative.
Variable operator*(const Variable& a, const Variable& b) {
  const Save save =
      (b.requires_grad() ? Save::input(0) : Save::nothing) | (a.requires_grad() ? Save::input(1) : Save::nothing);
  return record(
      "multiply", {a, b}, a.value() * b.value(), save,
      [](const Saved& s, const Variable& grad) { return grad * s.input(1); },
      [](const Saved& s, const Variable& grad) { return grad * s.input(0); });
}

// d(a/b)/da = 1/b,  d(a/b)/db = -(a/b)/b
Variable operator/(const Variable& a, const Variable& b) {
  return record(
      "divide", {a, b}, a.value() / b.value(), Save::input(1) | Save::output(0),
      [](const Saved& s, const Variable& grad) { return grad / s.input(1); },
      [](const Saved& s, const Variable& grad) { return -grad * s.output() / s.input(1); });
}

Variable operator+(const Variable& a, double b) {
  return record("add", {a}, a.value() + b, Save::nothing, [](const Saved&, const Variable& grad) { return grad; });
}

Variable operator-(const Variable& a, double b) {
  return record("subtract", {a}, a.value() - b, Save::nothing, [](const Saved&, const Variable& grad) { return grad; });
}

Variable operator*(const Variable& a, double b) {
  return record("multiply", {a}, a.value() * b, Save::nothing,
                [b](const Saved&, const Variable& grad) { return grad * b; });
}

Variable operator/(const Variable& a, double b) {
  return record("divide", {a}, a.value() / b, Save::nothing,
                [b](const Saved&, const Variable& grad) { return grad / b; });
}

Variable operator+(double a, const Variable& b) {
  return record("add", {b}, a + b.value(), Save::nothing, [](const Saved&, const Variable& grad) { return grad; });
}

Variable operator-(double a, const Variable& b) {
  return record("subtract", {b}, a - b.value(), Save::nothing,
                [](const Saved&, const Variable& grad) { return -grad; });
}

Variable operator*(double a, const Variable& b) {
  return record("multiply", {b}, a * b.value(), Save::nothing,
                [a](const Saved&, const Variable& grad) { return grad * a; });
}

// d(a/b)/db = -(a/b)/b
Variable operator/(double a, const Variable& b) {
  return record("divide", {b}, a / b.value(), Save::inputs | Save::outputs,
                [](const Saved& s, const Variable& grad) { return -grad * s.output() / s.input(0); });
}

Variable operator-(const Variable& x) {
  return record("negate", {x}, -x.value(), Save::nothing, [](const Saved&, const Variable& grad) { return -grad; });
}

// d(x^y)/dx = y x^(y-1), which is 0 for y = 0 even at x = 0.
Variable pow(const Variable& x, double y) {
  return record("pow", {x}, pow(x.value(), y), Save::inputs, [y](const Saved& s, const Variable& grad) {
    const Variable base = s.input(0);
    if (y == 0) return Variable(zeros_like(grad.value()));
    if (y == 2) return grad * (base * 2);
    return grad * (pow(base, y - 1) * y);
  });
}

// d(x^y)/dx = y x^(y-1),  d(x^y)/dy = x^y log(x), each with the limit 0 where it would be 0 · infinity. What is
// replaced there is the argument, not the product: so higher derivatives are free of NaN as well.
Variable pow(const Variable& x, const Variable& y) {
  return record(
      "pow", {x, y}, pow(x.value(), y.value()), Save::inputs | Save::outputs,
      [](const Saved& s, const Variable& grad) {
        const Variable base = s.input(0);
        const Variable exponent = s.input(1);
        const Tensor flat = logical_and(equal(exponent.value(), 0), logical_not(is_finite(1 / base.value())));
        return grad * (exponent * pow(base, where(flat, 1, exponent) - 1));
      },
      [](const Saved& s, const Variable& grad) {
        const Variable base = s.input(0);
        const Tensor zero = logical_and(equal(base.value(), 0), greater_equal(s.input(1).value(), 0));
        return grad * (s.output() * log(where(zero, 1, base)));
      });
}

// d(x²)/dx = 2x
Variable square(const Variable& x) {
  return record("square", {x}, square(x.value()), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad * (s.input(0) * 2); });
}

// d(√x)/dx = 1/(2√x)
Variable sqrt(const Variable& x) {
  return record("sqrt", {x}, sqrt(x.value()), Save::outputs,
                [](const Saved& s, const Variable& grad) { return grad / (s.output() * 2); });
}

// d|x|/dx = sign(x)
Variable abs(const Variable& x) {
  return record("abs", {x}, abs(x.value()), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad * sign(s.input(0).value()); });
}

namespace {

// What of the gradient goes to a when the larger of a and b was taken: all, half where they are equal, or nothing. All
// goes to both where either is NaN.
Variable share(const Variable& grad, const Variable& a, const Variable& b) {
  return where(less(a.value(), b.value()), 0, where(equal(a.value(), b.value()), grad * 0.5, grad));
}

}  // namespace

Variable maximum(const Variable& a, const Variable& b) {
  return record(
      "maximum", {a, b}, maximum(a.value(), b.value()), Save::inputs,
      [](const Saved& s, const Variable& grad) { return share(grad, s.input(0), s.input(1)); },
      [](const Saved& s, const Variable& grad) { return share(grad, s.input(1), s.input(0)); });
}

Variable minimum(const Variable& a, const Variable& b) {
  return record(
      "minimum", {a, b}, minimum(a.value(), b.value()), Save::inputs,
      [](const Saved& s, const Variable& grad) { return share(grad, s.input(1), s.input(0)); },
      [](const Saved& s, const Variable& grad) { return share(grad, s.input(0), s.input(1)); });
}

// dclamp(x)/dx = 1 where low <= x <= high, else 0
Variable clamp(const Variable& x, double low, double high) {
  return record("clamp", {x}, clamp(x.value(), low, high), Save::inputs,
                [low, high](const Saved& s, const Variable& grad) {
                  const Tensor value = s.input(0).value();
                  return where(logical_and(greater_equal(value, low), less_equal(value, high)), grad, 0);
                });
}

// d(to x)/dx = 1
Variable to(const Variable& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  if (!is_floating(dtype)) return to(x.value(), dtype);
  return record("to", {x}, to(x.value(), dtype), Save::nothing,
                [from = x.dtype()](const Saved&, const Variable& grad) { return to(grad, from); });
}

Variable where(const Tensor& condition, const Variable& a, const Variable& b) {
  return record(
      "where", {Variable(condition), a, b}, where(condition, a.value(), b.value()), Save::input(0), nullptr,
      [](const Saved& s, const Variable& grad) { return where(s.input(0).value(), grad, 0); },
      [](const Saved& s, const Variable& grad) { return where(s.input(0).value(), 0, grad); });
}

Variable where(const Tensor& condition, const Variable& a, double b) {
  return record("where", {Variable(condition), a}, where(condition, a.value(), b), Save::input(0), nullptr,
                [](const Saved& s, const Variable& grad) { return where(s.input(0).value(), grad, 0); });
}

Variable where(const Tensor& condition, double a, const Variable& b) {
  return record("where", {Variable(condition), b}, where(condition, a, b.value()), Save::input(0), nullptr,
                [](const Saved& s, const Variable& grad) { return where(s.input(0).value(), 0, grad); });
}

Variable masked_fill(const Variable& x, const Tensor& mask, double value) {
  return record(
      "masked_fill", {x, Variable(mask)}, masked_fill(x.value(), mask, value), Save::input(1),
      [](const Saved& s, const Variable& grad) { return masked_fill(grad, s.input(1).value(), 0); }, nullptr);
}

}  // namespace glance
