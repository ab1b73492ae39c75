#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// A bias and an activation in one walk over the rows of a product, forward and backward:
//
//   y = f(h + b)        dL/dh = dL/dy · f'(h + b),   dL/db = Σ over rows of dL/dh
//
// What the backward pass reads of them is made while h is at hand. For gelu that is the slope, which has its
// exponential in common with the value; relu's is seen from the value, and nothing more is kept.
namespace glance {

// The activation between the two linear layers of a Transformer's feed-forward network: max(x, 0), or x Φ(x) with the
// normal distribution function Φ (gelu; Hendrycks and Gimpel, 2016).
enum class Activation { relu, gelu };

// Turns h, dense [..., features], f32 or f64, into f(h + bias) where it lies; the bias [features] may be undefined:
// zeros. Gives what activate_backward() takes: h itself, a tensor of slopes of its shape, or, where it is not `kept`
// for a backward pass, what is undefined. Error when shapes or dtypes do not fit.
Tensor activate(Activation activation, const Tensor& h, const Tensor& bias, bool kept);

// Turns dL/dy, dense, into dL/dh where it lies, by what activate() gave, which has the same shape; puts dL/db where it
// is wanted. Error when shapes or dtypes do not fit.
void activate_backward(Activation activation, const Tensor& kept, const Tensor& gradient, const Destination& bias);

}  // namespace glance
