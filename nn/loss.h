#pragma once

#include "glance/autograd/loss.h"
#include "glance/autograd/variable.h"

// Losses beside softmax_cross_entropy, each the mean over all elements. Error when shapes do not fit, dtypes differ, or
// what is to be differentiated is not f32 or f64.
namespace glance {

// (prediction - target)², shapes broadcast.
Variable mse_loss(const Variable& prediction, const Variable& target);

// -log p of the target class, from log-probabilities [..., classes] and classes i64 [...]. Error for a target that is
// no class.
Variable nll_loss(const Variable& log_probabilities, const Tensor& targets);

// -(t log σ(z) + (1 - t) log(1 - σ(z))) of logits z and targets t from 0 to 1, without overflow and smooth at z = 0.
// Shapes broadcast.
Variable binary_cross_entropy_with_logits(const Variable& logits, const Variable& targets);

}  // namespace glance
