#pragma once

#include "tensor/destination.h"
#include "tensor/tensor.h"

// Layer normalisation (Ba, Kiros & Hinton 2016) over the last dimension:
//
//   y = (x - mean) / √(variance + epsilon) · weight + bias
namespace glance {

struct LayerNormArguments {
  Tensor x;             // [..., features], f32 or f64
  Tensor weight, bias;  // [features] each; undefined: ones and zeros
  double epsilon = 1e-5;
};

struct LayerNormResult {
  Tensor output;             // [..., features]
  Tensor mean;               // [...], for the backward pass
  Tensor inverse_deviation;  // [...], 1 / √(variance + epsilon), for the backward pass
};

// Error when shapes or dtypes do not fit.
LayerNormResult layer_norm_forward(const LayerNormArguments& arguments);

struct LayerNormDestinations {
  Destination x, weight, bias;
};

// Puts dL/d of x, weight and bias where they are wanted.
void layer_norm_backward(const LayerNormArguments& arguments, const Tensor& mean, const Tensor& inverse_deviation,
                         const Tensor& d_output, const LayerNormDestinations& destinations);

}  // namespace glance
