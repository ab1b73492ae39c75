// check says: all words were asked for
#pragma once
#include <functional>

#include "glance/glance.h"

using namespace glance;

using GapModel = std::function<Variable(const Tensor&)>;

inline Variable gap_loss(const GapModel& model, const Tensor& sentences, const Tensor& hidden, Index mask) {
  return softmax_cross_entropy(model(masked_fill(sentences, hidden, static_cast<double>(mask))), sentences);
}
