#pragma once

#include "glance/autograd/variable.h"

// Dot-product attention (Luong, Pham and Manning, 2015), one step at a time and fused. Leading dimensions are free, so
// that a batch or heads may stand there. Error when shapes do not fit, dtypes differ, a dtype is not f32 or f64, or
// `visible` is not a bool that stretches to the scores.
namespace glance {

// What attention gives.
struct Attended {
  Variable context;  // [..., targets, value features]
  Variable weights;  // [..., targets, sources], each row a distribution over the visible sources
};

// 1. How well each key answers each query, query · keys: [..., targets, features] x [..., sources, features] ->
// [..., targets, sources].
Variable attention_scores(const Variable& query, const Variable& keys);

// 2. The scores as a distribution over the sources: softmax over those that are `visible` (bool, broadcast to the
// scores; undefined: all are). A hidden source has weight 0; a row where nothing is visible is all zero, never NaN.
Variable attention_weights(const Variable& scores, const Tensor& visible = {});

// 3. The values, averaged by those weights: [..., targets, sources] x [..., sources, features] -> [..., targets,
// features].
Variable attention_context(const Variable& weights, const Variable& values);

// The three steps as one fused operation. The leading dimensions of query, keys and values must be the same; the steps
// themselves broadcast them.
Attended attend(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible = {});

// What attend() is: the three steps, one after the other.
Attended composed_attend(const Variable& query, const Variable& keys, const Variable& values,
                         const Tensor& visible = {});

}  // namespace glance
