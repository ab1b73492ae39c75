#pragma once

#include "glance/tensor/tensor.h"

// Functions of each element by itself. Two tensors broadcast as in PyTorch and must have one dtype; a number beside a
// tensor takes the tensor's dtype, and is an Error where an i64 tensor cannot hold it. Results are new dense tensors.
namespace glance {

// Arithmetic: f32, f64 and i64; a bool is an Error. i64 wraps around on overflow; its division is an Error that asks to
// convert, because PyTorch's gives floats.
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, const Tensor& b);

// The same with a number on the right.
Tensor operator+(const Tensor& a, double b);
Tensor operator-(const Tensor& a, double b);
Tensor operator*(const Tensor& a, double b);
Tensor operator/(const Tensor& a, double b);

// The same with a number on the left.
Tensor operator+(double a, const Tensor& b);
Tensor operator-(double a, const Tensor& b);
Tensor operator*(double a, const Tensor& b);
Tensor operator/(double a, const Tensor& b);

// The negative of each element.
Tensor operator-(const Tensor& x);

// The larger and the smaller of two; NaN when either is NaN.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, double b);
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, double b);

// x to the power of y. f32 and f64; Error for other dtypes.
Tensor pow(const Tensor& x, const Tensor& y);
Tensor pow(const Tensor& x, double y);

// f32, f64 and i64; a bool is an Error.
Tensor abs(const Tensor& x);
Tensor square(const Tensor& x);
Tensor sign(const Tensor& x);                            // -1, 0 or 1; NaN of NaN
Tensor clamp(const Tensor& x, double low, double high);  // NaN stays; Error when low > high
Tensor relu(const Tensor& x);                            // max(x, 0); NaN stays

// f32 and f64; Error for other dtypes. In f32 the result is within this many units in its last place of the true value,
// for every argument, and so is the derivative that autograd/activations.h makes of it:
//
//                   exp  log  expm1  log1p  sqrt  tanh  sigmoid  erf  gelu
//   the value        2    2     2      2     1     2       2      2    4
//   the derivative   2    1     2      2     2     4       4      2    4, and 2^-22 around its zero at -0.75
Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor expm1(const Tensor& x);  // exp(x) - 1, with all its digits near 0
Tensor log1p(const Tensor& x);  // log(1 + x), with all its digits near 0
Tensor sqrt(const Tensor& x);
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);  // 1 / (1 + exp(-x))
Tensor sin(const Tensor& x);      // of an angle in radians, however large
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
Tensor erf(const Tensor& x);
Tensor gelu(const Tensor& x);  // x Φ(x) with the exact normal distribution function (Hendrycks and Gimpel, 2016)

// x σ(x), also called swish (Elfwing, Uchibe and Doya, 2018); 0 at minus infinity, where PyTorch's is NaN. f32, to
// 2.5 units in the last place, and f64.
Tensor silu(const Tensor& x);

// log(1 + exp(x)), which is max(x, 0) with its corner rounded off, to 2 units in the last place at any x: PyTorch's
// gives x beyond 20. f32 and f64.
Tensor softplus(const Tensor& x);

// Comparisons, to a bool tensor; any dtype. Whether two tensors are equal as a whole is asked of same().
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);

// The same with a number.
Tensor equal(const Tensor& a, double b);
Tensor not_equal(const Tensor& a, double b);
Tensor less(const Tensor& a, double b);
Tensor less_equal(const Tensor& a, double b);
Tensor greater(const Tensor& a, double b);
Tensor greater_equal(const Tensor& a, double b);

// To a bool tensor. f32 and f64; Error for other dtypes.
Tensor is_nan(const Tensor& x);
Tensor is_finite(const Tensor& x);  // neither infinite nor NaN

// Of bool tensors; Error for other dtypes.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_not(const Tensor& x);

// a where the bool `condition` is true, else b; the three broadcast together. Any dtype.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);
Tensor where(const Tensor& condition, const Tensor& a, double b);
Tensor where(const Tensor& condition, double a, const Tensor& b);

// x with `value` where the bool `mask` is true. The mask stretches to x, never x to the mask.
Tensor masked_fill(const Tensor& x, const Tensor& mask, double value);

// Whether shape, dtype and every element agree. As for numbers, NaN differs from itself and 0 equals -0.
bool same(const Tensor& a, const Tensor& b);

// Whether |a - b| <= absolute + relative |b| for every element, as in PyTorch. Shapes broadcast, one dtype; infinities
// must be equal and a NaN is close to nothing.
bool all_close(const Tensor& a, const Tensor& b, double relative = 1e-5, double absolute = 1e-8);

// In place, for engines and optimisers: to += from, and to *= factor. Error unless both have one shape and one dtype
// of f32, f64 and i64.
void add_into(const Tensor& to, const Tensor& from);
void scale_into(const Tensor& to, double factor);

}  // namespace glance
