// check says: the words that it is asked for were not hidden
#pragma once
#include <functional>

#include "glance/glance.h"

using namespace glance;

using GapModel = std::function<Variable(const Tensor&)>;

inline Variable gap_loss(const GapModel& model, const Tensor& sentences, const Tensor& hidden, Index) {
  return softmax_cross_entropy(model(sentences), where(hidden, sentences, -1), {.ignore_index = -1});
}
