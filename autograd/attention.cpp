#include "glance/autograd/attention.h"

#include <array>
#include <limits>
#include <utility>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/products.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/kernels/attention.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/softmax.h"

namespace glance {

namespace {

Tensor visible_softmax(const Tensor& scores, const Tensor& visible) {
  if (!visible.defined() || scores.numel() == 0) return softmax(scores, -1);
  const Tensor seen = masked_fill(scores, logical_not(visible), -std::numeric_limits<double>::infinity());
  // A row where nothing is visible has no largest score: its shift is 0, and its total of 0 divides as 1.
  const Tensor largest = max(seen, -1, true);
  const Tensor shift = where(is_finite(largest), largest, 0.0);
  const Tensor exponentials = exp(seen - shift);
  const Tensor total = sum(exponentials, -1, true);
  return exponentials / where(equal(total, 0.0), 1.0, total);
}

}  // namespace

Variable attention_scores(const Variable& query, const Variable& keys) { return matmul(query, transpose(keys)); }

// a = softmax(s):  dL/ds = a (g - Σ a g)
Variable attention_weights(const Variable& scores, const Tensor& visible) {
  return record("attention_weights", {scores}, visible_softmax(scores.value(), visible), Save::outputs,
                [](const Saved& s, const Variable& grad) {
                  const Variable weights = s.output();
                  return weights * (grad - sum(weights * grad, -1, true));
                });
}

Variable attention_context(const Variable& weights, const Variable& values) { return matmul(weights, values); }

Attended composed_attend(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  const Variable scores = attention_scores(query, keys);
  const Variable weights = attention_weights(scores, visible);
  const Variable context = attention_context(weights, values);
  return {context, weights};
}

// With context c = Σ a v and weights a = softmax(s), s = q · k:
//   dL/dv = a g,  dL/da = g · v,  dL/ds = a (dL/da - Σ a dL/da),  dL/dq = Σ dL/ds k,  dL/dk = dL/ds q
Attended attend(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  AttentionResult result = attention_forward({query.value(), keys.value(), values.value(), visible});
  const auto backward = [](const Saved& s, Gradients& g) {
    const auto d_output = [&](int i) { return g.reached(i) ? g.output(i).value() : Tensor(); };
    attention_backward({s.input(0).value(), s.input(1).value(), s.input(2).value(), s.input(3).value()},
                       s.output(1).value(), d_output(0), d_output(1),
                       {g.destination(0), g.destination(1), g.destination(2)});
  };
  const auto twin = [](const Variable& q, const Variable& k, const Variable& v, const Variable& seen) {
    Attended attended = composed_attend(q, k, v, seen.value());
    return std::array{std::move(attended.context), std::move(attended.weights)};
  };
  auto [context, weights] = record("attend", {query, keys, values, Variable(visible)}, {result.context, result.weights},
                                   Save::inputs | Save::output(1), Fused{backward, twin});
  return {std::move(context), std::move(weights)};
}

}  // namespace glance
