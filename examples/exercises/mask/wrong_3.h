// check says: a target that sees nothing has weights of 0, and no NaN
#pragma once
#include <limits>

#include "glance/glance.h"

using namespace glance;

inline Variable masked_weights(const Variable& scores, const Tensor& visible) {
  return softmax(masked_fill(scores, logical_not(visible), -std::numeric_limits<double>::infinity()), -1);
}
