// tanh: its derivative, by hand
//
// A rule of backpropagation is given the gradient of what came out, and gives that of what went in. tanh works on each
// element by itself; for y = tanh(x), and L the loss,
//
//   dL/dx = (1 - tanh(x)²) · dL/dy
//
// x and grad, which is dL/dy, have one shape, and so has the result. `*`, `-`, `tanh` and `square` work on tensors.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor tanh_gradient(const Tensor& x, const Tensor& grad) { throw Error("not written yet"); }
