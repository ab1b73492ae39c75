#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// The backward pass of functions of one number in a single walk: the gradient times the function's slope at its
// argument (tensor/slopes.h), put where it is wanted.
namespace glance {

// Functions whose slope is made of the argument.
enum class Bent { tanh, sigmoid, erf, gelu };

// grad · f'(x), element by element, for x and grad of one shape and dtype, f32 or f64. Error when they do not fit, or
// the destination does not.
void put_slope_product(Bent function, const Tensor& x, const Tensor& grad, const Destination& to);

}  // namespace glance
