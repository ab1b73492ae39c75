// score_gradient: what tells attention where to look
//
// Chapter 5 has the derivative of one look-up. For weights aᵢ, values vᵢ and the context c = Σᵢ aᵢ vᵢ, score i has
//
//   dL/dscoreᵢ = aᵢ (vᵢ − c) · dL/dc
//
// Here every target has a row of weights and a context of its own, and values have several features: vᵢ, c and dL/dc
// are vectors, and the last product is the sum over their features.
//
// weights is [targets, sources], values [sources, features], grad_context [targets, features], which is dL/dc. The
// result is [targets, sources]. By hand: no grad(), which needs a Variable in any case.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor score_gradient(const Tensor& weights, const Tensor& values, const Tensor& grad_context) {
  throw Error("not written yet");
}
