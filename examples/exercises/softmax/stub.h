// softmax: scores become weights, and do not overflow
//
// The softmax of a row of scores makes them positive and divides by their sum, so that they add up to 1:
//
//   weightᵢ = exp(scoreᵢ) / Σⱼ exp(scoreⱼ)
//
// exp(1000) is infinite, and infinity divided by infinity is no number. But taking the same number away from all scores
// of a row changes no weight (why?), and if it is the largest of them, exp never sees more than 0.
//
// scores is [..., n]; rows are those of the last dimension, each for itself. sum and max take (x, {dim}, keepdim); the
// last dimension is -1.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor safe_softmax(const Tensor& scores) { throw Error("not written yet"); }
