// mask: hidden stays hidden
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable masked_weights(const Variable& scores, const Tensor& visible) {
  // Not minus infinity: a row of nothing else would give NaN. The second step makes such rows zero.
  const Variable weights = softmax(masked_fill(scores, logical_not(visible), -1e30), -1);
  return where(visible, weights, 0.0);
}
