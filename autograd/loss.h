#pragma once

#include "glance/autograd/variable.h"

namespace glance {

// What counts, and how sure the target is.
struct CrossEntropyOptions {
  Index ignore_index = -100;   // rows with this target count for nothing
  double label_smoothing = 0;  // the share ε of the target that goes to all classes alike (Szegedy et al., 2016)
  double count = 0;  // what the sum of the rows' losses is divided by; 0: the rows that are not ignored, the mean
};

// The mean loss -log softmax(logits)[target] of rows of logits [..., classes] against the index of the right class, i64
// [...]. With label smoothing ε a row's loss is (1 - ε) · -log p[target] + ε · the mean over classes of -log p, as in
// PyTorch. Unlike there, classes are always the last dimension, and the loss of no rows is 0. Fused. Error for a target
// that is no class, targets that are not i64 of the rows' shape, logits that are not f32 or f64, or an ε below 0
// or over 1.
Variable softmax_cross_entropy(const Variable& logits, const Tensor& targets, const CrossEntropyOptions& options = {});

// What softmax_cross_entropy() is, in public operations.
Variable composed_softmax_cross_entropy(const Variable& logits, const Tensor& targets,
                                        const CrossEntropyOptions& options = {});

}  // namespace glance
