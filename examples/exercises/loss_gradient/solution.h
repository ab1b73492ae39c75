// loss_gradient: derive the gradient of cross-entropy
#pragma once
#include "glance/glance.h"

using namespace glance;

// −log p(right) = log Σⱼ exp(logitⱼ) − logit(right), so that its gradient is the probabilities, less 1 at the right
// word.
inline Tensor loss_gradient(const Tensor& logits, const Tensor& targets) {
  const Tensor right = to(equal(unsqueeze(targets, -1), arange(logits.shape(1))), logits.dtype());
  return (softmax(logits, -1) - right) / static_cast<double>(logits.shape(0));
}
