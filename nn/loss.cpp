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

namespace {

// log(1 + exp(z)) as logsumexp(0, z), which is smooth at 0 and does not overflow
Variable log_one_plus_exp(const Variable& z) { return logsumexp(stack({zeros_like(z.value()), z}, 0), 0); }

}  // namespace

// -log σ(z) = log(1 + exp(-z)) and -log(1 - σ(z)) = log(1 + exp(z)): both keep their digits where they are small
Variable binary_cross_entropy_with_logits(const Variable& logits, const Variable& targets) {
  return mean(targets * log_one_plus_exp(-logits) + (1 - targets) * log_one_plus_exp(logits));
}

}  // namespace glance
