// check says: broken  logits of 1000 do not overflow
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor loss_gradient(const Tensor& logits, const Tensor& targets) {
  const Tensor right = to(equal(unsqueeze(targets, -1), arange(logits.shape(1))), logits.dtype());
  const Tensor p = exp(logits) / sum(exp(logits), {-1}, true);
  return (p - right) / static_cast<double>(logits.shape(0));
}
