// check says: the mask came after the softmax
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable masked_weights(const Variable& scores, const Tensor& visible) {
  return where(visible, softmax(scores, -1), 0.0);
}
