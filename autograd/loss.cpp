#include "glance/autograd/loss.h"

#include <algorithm>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/kernels/cross_entropy.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace glance {

Variable composed_softmax_cross_entropy(const Variable& logits, const Tensor& targets,
                                        const CrossEntropyOptions& options) {
  const Tensor counted = not_equal(targets, static_cast<double>(options.ignore_index));
  const Tensor classes = where(counted, targets, 0.0);
  const Variable log_p = log_softmax(logits, -1);
  const Variable log_p_target = squeeze(gather(log_p, -1, unsqueeze(classes, -1)), -1);
  Variable losses = -log_p_target;
  if (options.label_smoothing > 0)  // 0 · -log 0 would be NaN
    losses = (1 - options.label_smoothing) * losses - options.label_smoothing * mean(log_p, -1);
  const double count = options.count > 0 ? options.count : std::max(1.0, sum(counted).item());
  return sum(where(counted, losses, 0.0)) / count;
}

// With p = softmax(logits):  dL/dlogits = (p - smoothed one-hot target) / count
Variable softmax_cross_entropy(const Variable& logits, const Tensor& targets, const CrossEntropyOptions& options) {
  const auto arguments = [options](const Tensor& l, const Tensor& t, double count) {
    return CrossEntropyArguments{.logits = l,
                                 .targets = t,
                                 .ignore_index = options.ignore_index,
                                 .label_smoothing = options.label_smoothing,
                                 .count = count};
  };
  const CrossEntropyResult result = cross_entropy_forward(arguments(logits.value(), targets, options.count));
  const auto backward = [arguments, normaliser = result.normaliser, count = result.count](const Saved& s,
                                                                                          Gradients& g) {
    cross_entropy_backward(arguments(s.input(0).value(), s.input(1).value(), count), normaliser, g.output().item(),
                           g.destination(0));
  };
  return record("softmax_cross_entropy", {logits, Variable(targets)}, result.loss, Save::inputs,
                Fused{backward, [options](const Variable& l, const Variable& t) {
                        return composed_softmax_cross_entropy(l, t.value(), options);
                      }});
}

}  // namespace glance
