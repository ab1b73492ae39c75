// check says: the sum was divided by all places
#pragma once
#include <functional>

#include "glance/glance.h"

using namespace glance;

using GapModel = std::function<Variable(const Tensor&)>;

inline Variable gap_loss(const GapModel& model, const Tensor& sentences, const Tensor& hidden, Index mask) {
  const Variable logits = model(masked_fill(sentences, hidden, static_cast<double>(mask)));
  const Variable each = softmax_cross_entropy(logits, sentences, {.reduction = Reduction::none});
  return mean(each * to(hidden, f64));
}
