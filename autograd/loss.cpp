// Cross-entropy, fused and as nll_loss of log_softmax, with its derivative.
#include "glance/autograd/loss.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/kernels/cross_entropy.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

CrossEntropyArguments arguments_of(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options,
                                   double count) {
  return {.logits = logits,
          .targets = targets,
          .ignore_index = options.ignore_index,
          .label_smoothing = options.label_smoothing,
          .count = count,
          .weight = options.weight};
}

// What the sum of the losses is divided by, 0 for what the mean asks for.
double count_of(const char* operation, const CrossEntropyOptions& options) {
  if (options.reduction == Reduction::mean) return options.count;
  if (options.count > 0)
    throw Error(formatted("{}: a count of {} is only for the mean: leave it out or ask for Reduction::mean", operation,
                          options.count));
  return 1;
}

}  // namespace

Variable nll_loss(const Variable& log_probabilities, const Tensor& targets, const CrossEntropyOptions& options) {
  double count = count_of("nll_loss", options);
  check_cross_entropy("nll_loss", arguments_of(log_probabilities.value(), targets, options, count));
  const Tensor counted = not_equal(targets, static_cast<double>(options.ignore_index));
  const Tensor classes = where(counted, targets, 0.0);
  const Tensor weight =
      options.weight.defined() ? options.weight : ones({log_probabilities.shape(-1)}, log_probabilities.dtype());
  const Tensor weight_of_target = take_rows(unsqueeze(weight, -1), classes);  // [..., 1]
  Variable losses = -squeeze(gather(log_probabilities, -1, unsqueeze(classes, -1)) * weight_of_target, -1);
  if (options.label_smoothing > 0)  // 0 · -log 0 would be NaN
    losses = (1 - options.label_smoothing) * losses - options.label_smoothing * mean(log_probabilities * weight, -1);
  losses = where(counted, losses, 0.0);
  if (options.reduction == Reduction::none) return losses;
  if (!(count > 0)) count = sum(where(counted, squeeze(weight_of_target, -1), 0.0)).item();
  return sum(losses) / (count > 0 ? count : 1);
}

Variable composed_softmax_cross_entropy(const Variable& logits, const Tensor& targets,
                                        const CrossEntropyOptions& options) {
  return nll_loss(log_softmax(logits, -1), targets, options);
}

// With p = softmax(logits):  dL/dlogits = (p - smoothed one-hot target) / count
Variable softmax_cross_entropy(const Variable& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  const CrossEntropyResult result =
      cross_entropy_forward(arguments_of(logits.value(), targets, options, count_of("softmax_cross_entropy", options)));
  const auto with = [options](const Variable& weight) {
    CrossEntropyOptions all = options;
    all.weight = weight.value();
    return all;
  };
  const auto backward = [with, normaliser = result.normaliser, count = result.count](const Saved& s, Gradients& g) {
    cross_entropy_backward(arguments_of(s.input(0).value(), s.input(1).value(), with(s.input(2)), count), normaliser,
                           g.output().value(), g.destination(0));
  };
  return record("softmax_cross_entropy", {logits, Variable(targets), Variable(options.weight)},
                options.reduction == Reduction::none ? result.losses : result.loss, Save::inputs,
                Fused{backward, [with](const Variable& l, const Variable& t, const Variable& weight) {
                        return composed_softmax_cross_entropy(l, t.value(), with(weight));
                      }});
}

}  // namespace glance
