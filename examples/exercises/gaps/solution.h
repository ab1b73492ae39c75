// gaps: hide words, and ask for those alone
#pragma once
#include <functional>

#include "glance/glance.h"

using namespace glance;

using GapModel = std::function<Variable(const Tensor&)>;

inline Variable gap_loss(const GapModel& model, const Tensor& sentences, const Tensor& hidden, Index mask) {
  const Tensor read = masked_fill(sentences, hidden, static_cast<double>(mask));
  return softmax_cross_entropy(model(read), where(hidden, sentences, -1), {.ignore_index = -1});
}
