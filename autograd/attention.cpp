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
#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/kernels/additive_scores.h"
#include "glance/tensor/kernels/attention.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/view.h"

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

namespace {

// [..., time, 3 · heads · features] as [..., time, 3, heads, features]. Error where that cannot be.
Shape shape_of_parts(const Shape& packed, Index heads) {
  if (packed.rank() < 2 || heads < 1 || packed.back() % (3 * heads) != 0)
    throw Error(formatted(
        "self_attend: packed {} for {} heads: wanted [..., time, 3 · heads · features], query, keys and values",
        to_string(packed), heads));
  Shape shape = packed;
  shape[shape.rank() - 1] = 3;
  shape.push_back(heads);
  shape.push_back(packed.back() / (3 * heads));
  return shape;
}

// Query (0), keys (1) or values (2) of packed ones, a tensor or a variable: a view, [..., heads, time, features].
template <class X>
X part_of(const X& parts, int i) {
  return transpose(select(parts, -3, i), -3, -2);
}

// [..., heads, time, features] -> [..., time, heads · features]
template <class X>
X join_heads(const X& context) {
  return flatten(transpose(context, -3, -2), -2, -1);
}

AttentionArguments arguments_of(const Tensor& packed, Index heads, const Tensor& bias, const Tensor& visible,
                                double scale, bool causal) {
  const Tensor parts = reshape(packed, shape_of_parts(packed.shape(), heads));
  return {part_of(parts, 0), part_of(parts, 1), part_of(parts, 2), visible, bias, scale, causal};
}

// Where the gradients of the parts go in that of the whole.
AttentionDestinations destinations_of(const Destination& packed, Index heads, const Destination& bias) {
  if (!packed.wanted()) return {.bias = bias};
  const Tensor parts = reshape(packed.tensor, shape_of_parts(packed.tensor.shape(), heads));
  const auto part = [&](int i) { return Destination{part_of(parts, i), packed.accumulate}; };
  return {part(0), part(1), part(2), bias};
}

}  // namespace

Attended composed_self_attend(const Variable& packed, Index heads, const AttendOptions& options) {
  const Variable parts = reshape(packed, shape_of_parts(packed.shape(), heads));
  auto [context, weights] = attend(part_of(parts, 0), part_of(parts, 1), part_of(parts, 2), options);
  return {join_heads(context), std::move(weights)};
}

// The formulas are those of attend().
Attended self_attend(const Variable& packed, Index heads, const AttendOptions& options) {
  const double scale = options.scale;
  const bool causal = options.causal;
  const auto backward = [heads, scale, causal](const Saved& s, Gradients& g) {
    const Tensor packed_value = s.input(0).value();
    Shape joined = packed_value.shape();
    joined[joined.rank() - 1] = heads;
    joined.push_back(packed_value.shape().back() / (3 * heads));
    const Tensor d_context = g.reached(0) ? transpose(reshape(g.output(0).value(), joined), -3, -2) : Tensor();
    const Tensor d_weights = g.reached(1) ? g.output(1).value() : Tensor();
    attention_backward(arguments_of(packed_value, heads, s.input(1).value(), s.input(2).value(), scale, causal),
                       s.output(1).value(), d_context, d_weights,
                       destinations_of(g.destination(0), heads, g.destination(1)));
  };
  const auto twin = [heads, scale, causal](const Variable& packed_, const Variable& bias, const Variable& visible) {
    auto [context, weights] = composed_self_attend(
        packed_, heads, {.visible = visible.value(), .bias = bias, .scale = scale, .causal = causal});
    return std::array{std::move(context), std::move(weights)};
  };
  const Variable visible(options.visible);
  AttentionResult result =
      attention_forward(arguments_of(packed.value(), heads, options.bias.value(), visible.value(), scale, causal));
  auto [context, weights] =
      record("self_attend", {packed, options.bias, visible}, {join_heads(result.context), result.weights},
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
