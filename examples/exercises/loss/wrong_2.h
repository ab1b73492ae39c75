// check says: each sentence counted the same, however long
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable mean_loss(const Variable& logits, const Tensor& targets, const Tensor& real) {
  const Variable right = squeeze(gather(log_softmax(logits, -1), -1, unsqueeze(targets, -1)), -1);
  const Variable sums = sum(where(real, -right, 0.0), {1});
  return mean(sums / to(sum(real, {1}), logits.dtype()));
}
