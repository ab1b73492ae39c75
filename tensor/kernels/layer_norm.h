#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// Layer normalisation (Ba, Kiros & Hinton 2016) over the last dimension:
//
//   y = (x - mean) / √(variance + epsilon) · weight + bias
//
// Mean and variance are those of the distances from the row's first element: numbers far from zero keep their digits,
// and a row of equal numbers normalises to exactly zero.
namespace glance {

// The arguments of layer normalisation, all of the dtype of x.
struct LayerNormArguments {
  Tensor x;             // [..., features], f32 or f64
  Tensor weight, bias;  // [features] each; undefined: ones and zeros
  double epsilon = 1e-5;
};

// The output, and what its derivative needs.
struct LayerNormResult {
  Tensor output;             // [..., features]
  Tensor mean;               // [...], how far the mean lies from the row's first element, for the backward pass
  Tensor inverse_deviation;  // [...], 1 / √(variance + epsilon), for the backward pass
};

// Error when shapes or dtypes do not fit.
LayerNormResult layer_norm_forward(const LayerNormArguments& arguments);

// Where the gradients go, each of the shape of its argument.
struct LayerNormDestinations {
  Destination x, weight, bias;
};

// Puts dL/d of x, weight and bias where they are wanted. Error when shapes or dtypes do not fit.
void layer_norm_backward(const LayerNormArguments& arguments, const Tensor& mean, const Tensor& inverse_deviation,
                         const Tensor& d_output, const LayerNormDestinations& destinations);

}  // namespace glance
