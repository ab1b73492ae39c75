// loss: how improbable the right words were
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable mean_loss(const Variable& logits, const Tensor& targets, const Tensor& real) {
  const Variable right = squeeze(gather(log_softmax(logits, -1), -1, unsqueeze(targets, -1)), -1);
  return sum(where(real, -right, 0.0)) / sum(real).item();
}
