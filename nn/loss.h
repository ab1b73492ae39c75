#pragma once

#include "glance/autograd/loss.h"
#include "glance/autograd/variable.h"

// Losses beside softmax_cross_entropy and nll_loss: the mean over all elements, their sum, or each by itself. Error
// when shapes do not fit, dtypes differ, or what is to be differentiated is not f32 or f64.
namespace glance {

// (prediction - target)², shapes broadcast.
Variable mse_loss(const Variable& prediction, const Variable& target, Reduction reduction = Reduction::mean);

// -(t log σ(z) + (1 - t) log(1 - σ(z))) of logits z and targets t from 0 to 1, without overflow, smooth at z = 0, and
// with all its digits where a confident answer is right. Shapes broadcast.
Variable binary_cross_entropy_with_logits(const Variable& logits, const Variable& targets,
                                          Reduction reduction = Reduction::mean);

}  // namespace glance
