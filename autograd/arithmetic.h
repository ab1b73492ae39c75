#pragma once

#include "autograd/variable.h"

// Sums, products and powers of each element by itself, with a history. Two values broadcast and must have one dtype, as
// in tensor/elementwise.h; a derivative comes back in its input's shape.
namespace glance {

Variable operator+(const Variable& a, const Variable& b);
Variable operator-(const Variable& a, const Variable& b);
Variable operator*(const Variable& a, const Variable& b);
Variable operator/(const Variable& a, const Variable& b);

Variable operator+(const Variable& a, double b);
Variable operator-(const Variable& a, double b);
Variable operator*(const Variable& a, double b);
Variable operator/(const Variable& a, double b);

Variable operator+(double a, const Variable& b);
Variable operator-(double a, const Variable& b);
Variable operator*(double a, const Variable& b);
Variable operator/(double a, const Variable& b);

Variable operator-(const Variable& x);

// x to the power of y. At x = 0 the derivative by x is that of the formula, y x^(y-1), infinite for y < 1, but 0 for
// y = 0; the derivative by y is 0 for y >= 0. As in PyTorch.
Variable pow(const Variable& x, double y);
Variable pow(const Variable& x, const Variable& y);

Variable square(const Variable& x);
Variable sqrt(const Variable& x);  // the derivative at 0 is infinite

// The derivative at 0 is 0.
Variable abs(const Variable& x);

// The larger and the smaller of two. Where they are equal, each gets half of the gradient, as in PyTorch.
Variable maximum(const Variable& a, const Variable& b);
Variable minimum(const Variable& a, const Variable& b);

// x limited to [low, high]. The gradient passes where low <= x <= high.
Variable clamp(const Variable& x, double low, double high);

// a where the bool `condition` is true, else b. The condition takes no gradient.
Variable where(const Tensor& condition, const Variable& a, const Variable& b);
Variable where(const Tensor& condition, const Variable& a, double b);
Variable where(const Tensor& condition, double a, const Variable& b);

// x with `value` where the bool `mask` is true; no gradient passes there.
Variable masked_fill(const Variable& x, const Tensor& mask, double value);

}  // namespace glance
