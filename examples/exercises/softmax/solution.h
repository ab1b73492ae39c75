// softmax: scores become weights, and do not overflow
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor safe_softmax(const Tensor& scores) {
  const Tensor shares = exp(scores - max(scores, {-1}, true));
  return shares / sum(shares, {-1}, true);
}
