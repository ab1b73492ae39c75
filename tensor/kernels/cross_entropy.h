#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// Softmax cross-entropy of logits against the index of the right class. With log p = log_softmax(logits) and label
// smoothing ε (Szegedy et al. 2016, as PyTorch defines it), a row's loss is
//
//   (1 - ε) · -log p[target]  +  ε · mean over classes of -log p
//
// With weights of classes, each -log p[class] counts as often as the class's weight says.
namespace glance {

// The arguments of cross-entropy.
struct CrossEntropyArguments {
  Tensor logits;               // [..., classes], f32 or f64
  Tensor targets;              // i64 [...], each a class or `ignore_index`
  Index ignore_index = -100;   // rows with this target count for nothing
  double label_smoothing = 0;  // ε, from 0 to 1
  double count = 0;            // what the sum of losses is divided by; 0: the mean, by the sum of the targets' weights
  Tensor weight = {};          // [classes], of the dtype of the logits; undefined: each class weighs 1
};

// The loss, and what its derivative needs.
struct CrossEntropyResult {
  Tensor loss;        // scalar: the sum of the rows' losses over the count; 0 when every row is ignored
  Tensor losses;      // [...], each row's own, 0 where ignored
  Tensor normaliser;  // [..., 2], of each row's logits: the largest m, and log Σ exp(z - m), for the backward pass
  double count;       // what was divided by, for the backward pass
};

// Error when shapes or dtypes do not fit, a target is neither a class nor ignored, or the smoothing is not from 0 to 1.
// `operation` is for the error.
void check_cross_entropy(const char* operation, const CrossEntropyArguments& arguments);

// Error as check_cross_entropy().
CrossEntropyResult cross_entropy_forward(const CrossEntropyArguments& arguments);

// dL/dlogits = d_loss / count · (softmax(logits) - smoothed one-hot target), without weights; zero rows where ignored.
// `d_loss` is the gradient of the loss, or [...] of each row's loss / count. `arguments.count` must be the forward
// result's. Error when shapes or dtypes do not fit.
void cross_entropy_backward(const CrossEntropyArguments& arguments, const Tensor& normaliser, const Tensor& d_loss,
                            const Destination& d_logits);

}  // namespace glance
