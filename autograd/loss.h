#pragma once

#include "glance/autograd/variable.h"

// Losses of classification, from logits or from log-probabilities.
namespace glance {

// How the losses of all rows, or elements, are given back: each by itself, as their mean, or as their sum.
enum class Reduction { none, mean, sum };

// Options of softmax_cross_entropy() and nll_loss().
struct CrossEntropyOptions {
  Index ignore_index = -100;   // rows with this target count for nothing
  double label_smoothing = 0;  // the share ε of the target that goes to all classes alike (Szegedy et al., 2016)
  double count = 0;            // what the sum of the rows' losses is divided by; 0: what the mean asks for
  Tensor weight = {};          // [classes], how much each class counts; undefined: 1; it takes no gradient
  Reduction reduction = Reduction::mean;  // a count of one's own is only for the mean
};

// The loss -log softmax(logits)[target] of rows of logits [..., classes] against the index of the right class, i64
// [...]: the mean, the sum, or [...] the loss of each row, 0 where it is ignored. With label smoothing ε a row's loss
// is (1 - ε) · -log p[target] + ε · the mean over classes of -log p. With weights w each -log p[class] is multiplied by
// w[class], and the mean is the sum divided by that of the targets' weights. All of this as in PyTorch; unlike there,
// classes are always the last dimension, and the mean of no rows is 0. Fused. Error for a target that is no class,
// targets that are not i64 of the rows' shape, weights that are not [classes] of the dtype of the logits, logits that
// are not f32 or f64, an ε below 0 or over 1, or a count beside another reduction than the mean.
Variable softmax_cross_entropy(const Variable& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

// What softmax_cross_entropy() is, in public operations: nll_loss of log_softmax.
Variable composed_softmax_cross_entropy(const Variable& logits, const Tensor& targets,
                                        const CrossEntropyOptions& options = {});

// The same loss from log-probabilities [..., classes], such as log_softmax gives; options and errors are those of
// softmax_cross_entropy().
Variable nll_loss(const Variable& log_probabilities, const Tensor& targets, const CrossEntropyOptions& options = {});

}  // namespace glance
