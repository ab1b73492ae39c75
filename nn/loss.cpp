#include "nn/loss.h"

#include "autograd/activations.h"
#include "autograd/arithmetic.h"
#include "autograd/indexing.h"
#include "autograd/reductions.h"
#include "autograd/views.h"
#include "tensor/view.h"

namespace glance {

Variable mse_loss(const Variable& prediction, const Variable& target) { return mean(square(prediction - target)); }

Variable nll_loss(const Variable& log_probabilities, const Tensor& targets) {
  return -mean(gather(log_probabilities, -1, unsqueeze(targets, -1)));
}

// max(z, 0) - z t + log(1 + exp(-|z|))
Variable binary_cross_entropy_with_logits(const Variable& logits, const Variable& targets) {
  return mean(relu(logits) - logits * targets + log(1.0 + exp(-abs(logits))));
}

}  // namespace glance
