// three_steps: attention
//
// 1. scores: how well each key answers each query, their product divided by the root of the number of features
// 2. weights: the softmax of the scores over the sources, so that each target's weights add up to 1
// 3. context: the values, averaged by the weights
//
//   scores = query · keysᵀ / √features      weights = softmax(scores)      context = weights · values
//
// query is [..., targets, features], keys [..., sources, features], values [..., sources, value features]; weights are
// [..., targets, sources], the context [..., targets, value features]. matmul, softmax and transpose(x), which swaps
// the last two dimensions, are there; use neither attend nor what else autograd/attention.h has. Attended is
// {context, weights}.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Attended three_steps(const Variable& query, const Variable& keys, const Variable& values) {
  throw Error("not written yet");
}
