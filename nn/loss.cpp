// Losses put together from public operations.
#include "glance/nn/loss.h"

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/reductions.h"

namespace glance {

namespace {

Variable reduced(const Variable& losses, Reduction reduction) {
  return reduction == Reduction::none ? losses : reduction == Reduction::sum ? sum(losses) : mean(losses);
}

}  // namespace

Variable mse_loss(const Variable& prediction, const Variable& target, Reduction reduction) {
  return reduced(square(prediction - target), reduction);
}

// -log σ(z) = softplus(-z) and -log(1 - σ(z)) = softplus(z): sums of what is never negative, in which nothing cancels
Variable binary_cross_entropy_with_logits(const Variable& logits, const Variable& targets, Reduction reduction) {
  return reduced(targets * softplus(-logits) + (1 - targets) * softplus(logits), reduction);
}

}  // namespace glance
