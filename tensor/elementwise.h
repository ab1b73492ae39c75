#pragma once

#include "glance/tensor/tensor.h"

// Functions of each element by itself. Two tensors broadcast as in PyTorch and must have one dtype; a number beside a
// tensor takes the tensor's dtype, and is an Error where an i64 tensor cannot hold it. Results are new dense tensors.
namespace glance {

// The sum. f32, f64 and i64, which wraps around; Error for bool.
Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator+(const Tensor& a, double b);
Tensor operator+(double a, const Tensor& b);

// The difference. f32, f64 and i64, which wraps around; Error for bool.
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, double b);
Tensor operator-(double a, const Tensor& b);

// The product. f32, f64 and i64, which wraps around; Error for bool.
Tensor operator*(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, double b);
Tensor operator*(double a, const Tensor& b);

// The quotient. f32 and f64; Error for i64, which asks to convert, because PyTorch's quotient of integers is a float.
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator/(const Tensor& a, double b);
Tensor operator/(double a, const Tensor& b);

// The negative of each element. f32, f64 and i64, which wraps around; Error for bool.
Tensor operator-(const Tensor& x);

// The larger of two; NaN when either is NaN. f32, f64 and i64; Error for bool.
Tensor maximum(const Tensor& a, const Tensor& b);

// The smaller of two; NaN when either is NaN. f32, f64 and i64; Error for bool.
Tensor minimum(const Tensor& a, const Tensor& b);

// x to the power of y. f32 and f64; Error for other dtypes.
Tensor pow(const Tensor& x, const Tensor& y);
Tensor pow(const Tensor& x, double y);

// f32, f64 and i64; Error for bool.
Tensor abs(const Tensor& x);     // |x|
Tensor square(const Tensor& x);  // x²
Tensor sign(const Tensor& x);    // -1, 0 or 1; NaN of NaN
Tensor relu(const Tensor& x);    // max(x, 0); NaN stays

// x, but at least `low` and at most `high`; NaN stays. f32, f64 and i64; Error for bool, and when low > high.
Tensor clamp(const Tensor& x, double low, double high);

// f32 and f64; Error for other dtypes. In f32 the result of the functions in the table is within this many units in its
// last place of the true value, for every argument, and so is the derivative that autograd/activations.h makes of it:
//
//                   exp  log  expm1  log1p  sqrt  tanh  sigmoid  erf  gelu
//   the value        2    2     2      2     1     2       2      2    4
//   the derivative   2    1     2      2     2     4       4      2    4, and 2^-22 around its zero at -0.75
Tensor exp(const Tensor& x);      // e to the power of x
Tensor log(const Tensor& x);      // the natural logarithm
Tensor expm1(const Tensor& x);    // exp(x) - 1, with all its digits near 0
Tensor log1p(const Tensor& x);    // log(1 + x), with all its digits near 0
Tensor sqrt(const Tensor& x);     // the square root
Tensor tanh(const Tensor& x);     // the hyperbolic tangent
Tensor sigmoid(const Tensor& x);  // 1 / (1 + exp(-x))
Tensor sin(const Tensor& x);      // the sine of an angle in radians, however large
Tensor cos(const Tensor& x);      // the cosine of an angle in radians, however large
Tensor tan(const Tensor& x);      // the tangent of an angle in radians, however large
Tensor erf(const Tensor& x);      // the error function, 2/√π times the integral of exp(-t²) from 0 to x
Tensor gelu(const Tensor& x);     // x Φ(x) with the exact normal distribution function (Hendrycks and Gimpel, 2016)

// x σ(x), also called swish (Elfwing, Uchibe and Doya, 2018); 0 at minus infinity, where PyTorch's is NaN. f32, to
// 2.5 units in the last place, and f64.
Tensor silu(const Tensor& x);

// log(1 + exp(x)), which is max(x, 0) with its corner rounded off, to 2 units in the last place at any x: PyTorch's
// gives x beyond 20. f32 and f64.
Tensor softplus(const Tensor& x);

// Whether a = b, element by element, as bool; so are the comparisons below. Any dtype. Whether two tensors are equal as
// a whole is what same() says.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor equal(const Tensor& a, double b);
// Whether a ≠ b.
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, double b);
// Whether a < b.
Tensor less(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, double b);
// Whether a ≤ b.
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, double b);
// Whether a > b.
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, double b);
// Whether a ≥ b.
Tensor greater_equal(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, double b);

// Whether each element is NaN, as bool. f32 and f64; Error for other dtypes.
Tensor is_nan(const Tensor& x);
// Whether each element is neither infinite nor NaN, as bool. f32 and f64; Error for other dtypes.
Tensor is_finite(const Tensor& x);

// Whether both are true. bool; Error for other dtypes.
Tensor logical_and(const Tensor& a, const Tensor& b);
// Whether at least one of the two is true. bool; Error for other dtypes.
Tensor logical_or(const Tensor& a, const Tensor& b);
// Whether it is not true. bool; Error for other dtypes.
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

// to += from, in place: for engines and optimisers. Error unless both have one shape and one dtype of f32, f64 and i64.
void add_into(const Tensor& to, const Tensor& from);
// to *= factor, in place: for engines and optimisers. f32, f64 and i64; Error when i64 cannot hold the factor.
void scale_into(const Tensor& to, double factor);

}  // namespace glance
