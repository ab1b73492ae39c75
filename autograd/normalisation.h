#pragma once

#include "glance/autograd/variable.h"

// Layer normalisation with a history.
namespace glance {

// (x - mean) / √(variance + epsilon) · weight + bias over the last dimension (Ba, Kiros and Hinton, 2016): x [...,
// features], weight and bias [features] or undefined. Fused. Error when shapes do not fit, dtypes differ, or a dtype is
// not f32 or f64.
Variable layer_norm(const Variable& x, const Variable& weight = {}, const Variable& bias = {}, double epsilon = 1e-5);

// What layer_norm() is, in public operations.
Variable composed_layer_norm(const Variable& x, const Variable& weight = {}, const Variable& bias = {},
                             double epsilon = 1e-5);

}  // namespace glance
