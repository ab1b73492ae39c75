#pragma once

#include "glance/autograd/variable.h"

// Sums, products and powers of each element by itself, with a history. Two values broadcast and must have one dtype; a
// derivative comes back in its input's shape. Error when shapes do not broadcast, dtypes differ, or the function of the
// same name in tensor/elementwise.h does not take the dtype.
namespace glance {

// The sum of two values, or of a value and a number.
Variable operator+(const Variable& a, const Variable& b);
Variable operator+(const Variable& a, double b);
Variable operator+(double a, const Variable& b);

// The difference of two values, or of a value and a number.
Variable operator-(const Variable& a, const Variable& b);
Variable operator-(const Variable& a, double b);
Variable operator-(double a, const Variable& b);

// The product of two values, or of a value and a number.
Variable operator*(const Variable& a, const Variable& b);
Variable operator*(const Variable& a, double b);
Variable operator*(double a, const Variable& b);

// The quotient of two values, or of a value and a number.
Variable operator/(const Variable& a, const Variable& b);
Variable operator/(const Variable& a, double b);
Variable operator/(double a, const Variable& b);

// The negative of each element.
Variable operator-(const Variable& x);

// x to the power of y. At x = 0 the derivative by x is that of the formula, y x^(y-1), infinite for y < 1, but 0 for
// y = 0; the derivative by y is 0 for y >= 0. As in PyTorch.
Variable pow(const Variable& x, double y);
Variable pow(const Variable& x, const Variable& y);

// x².
Variable square(const Variable& x);

// √x. The derivative at 0 is infinite.
Variable sqrt(const Variable& x);

// |x|. The derivative at 0 is 0.
Variable abs(const Variable& x);

// The larger of two. Where they are equal, each gets half of the gradient, as in PyTorch.
Variable maximum(const Variable& a, const Variable& b);

// The smaller of two. Where they are equal, each gets half of the gradient, as in PyTorch.
Variable minimum(const Variable& a, const Variable& b);

// x limited to [low, high]. The gradient passes where low <= x <= high. Error when low > high.
Variable clamp(const Variable& x, double low, double high);

// x itself when it has this dtype, else converted. Between f32 and f64 the gradient comes back in x's dtype; what i64
// and bool hold has no derivative, and is a constant.
Variable to(const Variable& x, DType dtype);

// a where the bool `condition` is true, else b. The condition takes no gradient. The one that was not taken gets the
// gradient 0, which its own derivative may turn into NaN (0 times infinity), as in PyTorch: with
// where(greater(x, 0), sqrt(x), 0) the gradient at 0 is NaN. Choose the argument instead, and then the value:
//
//   where(positive, sqrt(where(positive, x, 1)), 0)
//
// Error when the condition is not bool.
Variable where(const Tensor& condition, const Variable& a, const Variable& b);
Variable where(const Tensor& condition, const Variable& a, double b);
Variable where(const Tensor& condition, double a, const Variable& b);

// x with `value` where the bool `mask` is true; no gradient passes there. Error when the mask is not bool or does not
// stretch to x.
Variable masked_fill(const Variable& x, const Tensor& mask, double value);

}  // namespace glance
