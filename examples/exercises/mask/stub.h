// mask: hidden stays hidden
//
// Weights are the softmax of the scores over those sources alone that are visible: a hidden source has the weight 0,
// whatever its score is, and the others keep their proportions and add up to 1. A target that sees nothing has nothing
// but zeros, and no NaN.
//
// scores is [..., targets, sources]. visible is bool and stretches to that shape, true where a source may be seen.
// masked_fill(x, mask, value) puts a number where the mask is true, where(condition, a, b) takes a where it is true and
// else b, logical_not(mask) turns a mask round. attention_weights and masked_softmax would be the answer: do without.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable masked_weights(const Variable& scores, const Tensor& visible) { throw Error("not written yet"); }
