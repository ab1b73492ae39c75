// norm_gradient: derive the gradients of layer norm
//
// Layer norm makes the mean of each row 0 and its deviation 1, then stretches and moves each feature:
//
//   μ = mean(x)      σ = √(mean((x − μ)²) + 0.00001)      n = (x − μ) / σ      y = weight · n + bias
//
// Each xᵢ is in the result three times: by itself, in μ, and in σ. Derive the gradient of each input from grad, which
// is dL/dy. weight and bias were stretched to all rows. For x, start with dL/dn, then collect the three ways of xᵢ:
// what comes out is (dL/dn, less two means of the row) / σ.
//
// x and grad are [batch, features], weight is [features]. The gradients have the shapes of x, weight and bias. mean and
// sum take (x, {dim}, keepdim); the last dimension is -1. By hand: no grad(), no layer_norm.
#pragma once
#include "glance/glance.h"

using namespace glance;

struct NormGradient {
  Tensor x, weight, bias;
};

inline NormGradient norm_gradient(const Tensor& x, const Tensor& weight, const Tensor& grad) {
  throw Error("not written yet");
}
