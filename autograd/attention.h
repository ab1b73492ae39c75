#pragma once

#include "glance/autograd/variable.h"

// Dot-product attention (Luong, Pham and Manning, 2015), one step at a time and fused. Leading dimensions are free, so
// that a batch or heads may stand there. Error when shapes do not fit, dtypes differ, a dtype is not f32 or f64, or
// `visible` is not a bool that stretches to the scores.
namespace glance {

// The result of attention: the averaged values, and the weights they were averaged by.
struct Attended {
  Variable context;  // [..., targets, value features]
  Variable weights;  // [..., targets, sources], each row a distribution over the visible sources
};

// Options of attend(): what may be seen, and how scores are changed before they become weights.
struct AttendOptions {
  // bool, broadcast to [..., targets, sources]: true where a target may see a source; undefined: everywhere.
  Tensor visible{};
  // Broadcast to [..., targets, sources], of the query's dtype: added to the scores once they are scaled; undefined:
  // zeros. Minus infinity hides a source. It may be trained, as relative positions are.
  Variable bias{};
  // What the scores are multiplied by. Vaswani et al. (2017) take 1/√features.
  double scale = 1;
  // Whether a target sees only what is not later than it: source s where s <= t + sources - targets. The last target
  // sees all, as with keys that were kept from earlier steps.
  bool causal = false;
};

// The mask that `causal` stands for, bool [targets, sources]; with one count, of as many sources as targets. Error for
// a negative count.
Tensor causal(Index targets, Index sources);
Tensor causal(Index targets);

// 1. How well each key answers each query, query · keys: [..., targets, features] x [..., sources, features] ->
// [..., targets, sources].
Variable attention_scores(const Variable& query, const Variable& keys);

// 2. The scores as a distribution over the sources: softmax over those that are `visible` (bool, broadcast to the
// scores; undefined: all are). A hidden source has weight 0; a row where nothing is visible, or every visible score is
// minus infinity, is all zero, never NaN.
Variable attention_weights(const Variable& scores, const Tensor& visible = {});

// Steps 1 and 2 with options: query and keys -> weights [..., targets, sources].
Variable attention_weights(const Variable& query, const Variable& keys, const AttendOptions& options);

// 3. The values, averaged by those weights: [..., targets, sources] x [..., sources, features] -> [..., targets,
// features]. A plain product: a weight of 0 times NaN is NaN.
Variable attention_context(const Variable& weights, const Variable& values);

// The three steps as one fused operation. The leading dimensions of query, keys and values must be the same; the steps
// themselves broadcast them. Heads that are a permuted view copy nothing, masks are never stretched in memory, and what
// `causal` hides is not computed. What is hidden takes no part, whatever it holds: NaN in a hidden key or value reaches
// neither the context nor a gradient. (Derivatives of higher order go through the steps.)
Attended attend(const Variable& query, const Variable& keys, const Variable& values, const AttendOptions& options = {});

// What attend() is: the three steps, one after the other.
Attended composed_attend(const Variable& query, const Variable& keys, const Variable& values,
                         const AttendOptions& options = {});

// The same among the places of one sequence, by heads, where query, keys and values of a place lie side by side as one
// product gives them: `packed` [..., time, 3 · heads · features] -> context [..., time, heads · features], the heads'
// contexts side by side, and weights [..., heads, time, time]. `visible` and `bias` broadcast to the weights. Nothing
// is taken apart in memory: the gradient, too, is written in one piece. Fused. Error when the last dimension is not
// three times as many features for each head, and as for attend().
Attended self_attend(const Variable& packed, Index heads, const AttendOptions& options = {});

// What self_attend() is: the parts of each head, and attend().
Attended composed_self_attend(const Variable& packed, Index heads, const AttendOptions& options = {});

// How well each key answers each query by the sum v · tanh(query + key), where both are projected already (Bahdanau,
// Cho and Bengio, 2015): [..., targets, features], [..., sources, features] and v [features] -> [..., targets,
// sources]. The sums [..., targets, sources, features] are never in memory. Error when shapes do not fit, or dtypes
// differ.
Variable additive_scores(const Variable& query, const Variable& keys, const Variable& v);

// What additive_scores() is, in public operations.
Variable composed_additive_scores(const Variable& query, const Variable& keys, const Variable& v);

}  // namespace glance
