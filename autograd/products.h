#pragma once

#include "glance/autograd/variable.h"

// Products of matrices, with a history. Error when shapes do not fit, dtypes differ, or a dtype is not f32 or f64.
namespace glance {

// The matrix product as in PyTorch: vectors, matrices and batches of them, whose leading dimensions broadcast.
Variable matmul(const Variable& a, const Variable& b);

// x Wᵀ + b, the affine map of a layer: x [..., in], weight [out, in], bias [out] or undefined -> [..., out]. Fused.
Variable linear(const Variable& x, const Variable& weight, const Variable& bias = {});

// What linear() is, in public operations.
Variable composed_linear(const Variable& x, const Variable& weight, const Variable& bias = {});

}  // namespace glance
