#include "glance/nn/loss.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/view.h"

namespace glance {

Variable mse_loss(const Variable& prediction, const Variable& target) { return mean(square(prediction - target)); }

Variable nll_loss(const Variable& log_probabilities, const Tensor& targets) {
  return -mean(gather(log_probabilities, -1, unsqueeze(targets, -1)));
}

// log(1 + exp(z)) - z t, where the logarithm is logsumexp(0, z), which is smooth at 0 and does not overflow
Variable binary_cross_entropy_with_logits(const Variable& logits, const Variable& targets) {
  const Variable softplus = logsumexp(stack({zeros_like(logits.value()), logits}, 0), 0);
  return mean(softplus - logits * targets);
}

}  // namespace glance
