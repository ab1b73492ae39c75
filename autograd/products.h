#pragma once

#include "glance/autograd/variable.h"
#include "glance/tensor/kernels/activate.h"

// Products of matrices, with a history. Error when shapes do not fit, dtypes differ, or a dtype is not f32 or f64.
namespace glance {

// The matrix product as in PyTorch: vectors, matrices and batches of them, whose leading dimensions broadcast.
Variable matmul(const Variable& a, const Variable& b);

// x Wᵀ + b, the affine map of a layer: x [..., in], weight [out, in], bias [out] or undefined -> [..., out]. Fused.
Variable linear(const Variable& x, const Variable& weight, const Variable& bias = {});

// What linear() is, in public operations.
Variable composed_linear(const Variable& x, const Variable& weight, const Variable& bias = {});

// f(x Wᵀ + b), a linear map and the activation after it, with bias and activation in one pass over the product. Shapes
// as for linear. Fused.
Variable activated_linear(const Variable& x, const Variable& weight, const Variable& bias, Activation activation);

// What activated_linear() is, in public operations.
Variable composed_activated_linear(const Variable& x, const Variable& weight, const Variable& bias,
                                   Activation activation);

}  // namespace glance
