// attention_gradient: derive the gradients of attention
//
// Forward, with f the number of features of a query:
//
//   scores = query · keysᵀ / √f        weights = softmax(scores)        context = weights · values
//
// With grad the gradient of the context, go back step by step, and name the gradient of each thing on the way:
//
//   1. the product weights · values: the gradients of values and of weights. For C = A · B and G = dL/dC they are
//      dL/dA = G · Bᵀ and dL/dB = Aᵀ · G
//   2. the softmax: from the gradient of the weights that of the scores (the exercise softmax_gradient)
//   3. the product query · keysᵀ / √f: the gradients of query and of keys, which stands there transposed
//
// query is [..., targets, features], keys [..., sources, features], values [..., sources, value features], grad is
// [..., targets, value features]; each gradient has the shape of its input. matmul, softmax and transpose(x), which
// swaps the last two dimensions, are there. By hand: no grad(), no attend.
#pragma once
#include <cmath>

#include "glance/glance.h"

using namespace glance;

struct AttentionGradient {
  Tensor query, keys, values;
};

inline AttentionGradient attention_gradient(const Tensor& query, const Tensor& keys, const Tensor& values,
                                            const Tensor& grad) {
  throw Error("not written yet");
}
