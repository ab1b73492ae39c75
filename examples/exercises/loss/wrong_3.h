// check says: broken  logits of 1000 do not overflow
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable mean_loss(const Variable& logits, const Tensor& targets, const Tensor& real) {
  const Variable right =
      squeeze(gather(log(exp(logits) / sum(exp(logits), {-1}, true)), -1, unsqueeze(targets, -1)), -1);
  return sum(where(real, -right, 0.0)) / sum(real).item();
}
