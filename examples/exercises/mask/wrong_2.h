// check says: a hidden score became 0
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable masked_weights(const Variable& scores, const Tensor& visible) {
  return softmax(where(visible, scores, 0.0), -1);
}
