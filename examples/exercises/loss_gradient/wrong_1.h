// check says: nothing was divided by the number of places
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor loss_gradient(const Tensor& logits, const Tensor& targets) {
  const Tensor right = to(equal(unsqueeze(targets, -1), arange(logits.shape(1))), logits.dtype());
  return softmax(logits, -1) - right;
}
