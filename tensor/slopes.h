#pragma once

#include "glance/tensor/tensor.h"

// The derivatives of functions that level off, of the argument rather than of the value: 1 - tanh² x loses its digits
// where tanh² x is nearly 1, and all of them from |x| = 9 on in f32. f32 and f64; Error for other dtypes. What digits
// they keep stands in tensor/elementwise.h.
namespace glance {

Tensor sigmoid_slope(const Tensor& x);  // σ(x) σ(-x)
Tensor tanh_slope(const Tensor& x);     // 1 - tanh² x
Tensor erf_slope(const Tensor& x);      // 2/√π exp(-x²)
Tensor gelu_slope(const Tensor& x);     // Φ(x) + x φ(x), with the normal distribution function and its density

}  // namespace glance
