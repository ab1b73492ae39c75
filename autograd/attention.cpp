// Attention as its formulas in public operations, and the recording of the kernels that compute the same faster.
#include "glance/autograd/attention.h"

#include <array>
#include <utility>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/products.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/kernels/additive_scores.h"
#include "glance/tensor/kernels/attention.h"
#include "glance/tensor/softmax.h"

namespace glance {

Tensor causal(Index targets, Index sources) {
  Tensor visible({targets, sources}, boolean);
  bool* element = visible.write<bool>();
  for (Index t = 0; t < targets; ++t)
    for (Index s = 0; s < sources; ++s) *element++ = s <= t + sources - targets;
  return visible;
}

Tensor causal(Index targets) { return causal(targets, targets); }

Variable attention_scores(const Variable& query, const Variable& keys) { return matmul(query, transpose(keys)); }

// a = softmax(s):  dL/ds = a (g - Σ a g)
Variable attention_weights(const Variable& scores, const Tensor& visible) {
  return record("attention_weights", {scores}, masked_softmax(scores.value(), visible), Save::outputs,
                [](const Saved& s, const Variable& grad) {
                  const Variable weights = s.output();
                  return weights * (grad - sum(weights * grad, -1, true));
                });
}

Variable attention_weights(const Variable& query, const Variable& keys, const AttendOptions& options) {
  Variable scores = attention_scores(query, keys);
  if (options.scale != 1) scores = scores * options.scale;
  if (options.bias.given()) scores = scores + options.bias;
  Tensor visible = options.visible;
  if (options.causal) {
    const Tensor earlier = causal(scores.shape(-2), scores.shape(-1));
    visible = visible.given() ? logical_and(visible, earlier) : earlier;
  }
  return attention_weights(scores, visible);
}

Variable attention_context(const Variable& weights, const Variable& values) { return matmul(weights, values); }

Attended composed_attend(const Variable& query, const Variable& keys, const Variable& values,
                         const AttendOptions& options) {
  const Variable weights = attention_weights(query, keys, options);
  const Variable context = attention_context(weights, values);
  return {context, weights};
}

// With context c = Σ a v and weights a = softmax(s), s = scale q · k + b:
//   dL/dv = a g,  dL/da = g · v,  dL/ds = a (dL/da - Σ a dL/da),  dL/dq = scale Σ dL/ds k,  dL/dk = scale dL/ds q,
//   dL/db = dL/ds
Attended attend(const Variable& query, const Variable& keys, const Variable& values, const AttendOptions& options) {
  const auto arguments = [scale = options.scale, causal = options.causal](const Variable& q, const Variable& k,
                                                                          const Variable& v, const Variable& bias,
                                                                          const Variable& visible) {
    return AttentionArguments{q.value(), k.value(), v.value(), visible.value(), bias.value(), scale, causal};
  };
  const auto backward = [arguments](const Saved& s, Gradients& g) {
    const auto d_output = [&](int i) { return g.reached(i) ? g.output(i).value() : Tensor(); };
    attention_backward(arguments(s.input(0), s.input(1), s.input(2), s.input(3), s.input(4)), s.output(1).value(),
                       d_output(0), d_output(1),
                       {g.destination(0), g.destination(1), g.destination(2), g.destination(3)});
  };
  const auto twin = [scale = options.scale, causal = options.causal](const Variable& q, const Variable& k,
                                                                     const Variable& v, const Variable& bias,
                                                                     const Variable& visible) {
    auto [context, weights] =
        composed_attend(q, k, v, {.visible = visible.value(), .bias = bias, .scale = scale, .causal = causal});
    return std::array{std::move(context), std::move(weights)};
  };
  const Variable visible(options.visible);
  AttentionResult result = attention_forward(arguments(query, keys, values, options.bias, visible));
  auto [context, weights] =
      record("attend", {query, keys, values, options.bias, visible}, {result.context, result.weights},
             Save::inputs | Save::output(1), Fused{backward, twin});
  return {std::move(context), std::move(weights)};
}

Variable composed_additive_scores(const Variable& query, const Variable& keys, const Variable& v) {
  return matmul(tanh(unsqueeze(query, -2) + unsqueeze(keys, -3)), v);
}

// With h = tanh(q + k):  dL/dv = Σ g h,  dL/dq = Σ g v (1 - h²) over the sources,  dL/dk the same over the targets
Variable additive_scores(const Variable& query, const Variable& keys, const Variable& v) {
  return record("additive_scores", {query, keys, v}, additive_scores_forward(query.value(), keys.value(), v.value()),
                Save::inputs,
                Fused{[](const Saved& s, Gradients& g) {
                        additive_scores_backward(s.input(0).value(), s.input(1).value(), s.input(2).value(),
                                                 g.output().value(), g.destination(0), g.destination(1),
                                                 g.destination(2));
                      },
                      composed_additive_scores});
}

}  // namespace glance
