// check says: the context was not taken away from the values
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor score_gradient(const Tensor& weights, const Tensor& values, const Tensor& grad_context) {
  return weights * matmul(grad_context, transpose(values));
}
