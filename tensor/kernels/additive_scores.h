#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// The scores of additive attention (Bahdanau, Cho & Bengio 2015), one row of features at a time: the tensor [...,
// targets, sources, features] of all sums is never made.
namespace glance {

// scores[t][s] = Σ v tanh(query[t] + keys[s]): [..., targets, features] and [..., sources, features], whose leading
// dimensions are the same, and v [features] -> [..., targets, sources]. Error when shapes or dtypes do not fit.
Tensor additive_scores_forward(const Tensor& query, const Tensor& keys, const Tensor& v);

// Puts dL/d of query, keys and v where they are wanted, in this order: one buffer may serve several of them when the
// later ones accumulate. A score whose gradient is 0 takes no part, whatever its query and key hold. Error when shapes
// or dtypes do not fit.
void additive_scores_backward(const Tensor& query, const Tensor& keys, const Tensor& v, const Tensor& d_scores,
                              const Destination& to_query, const Destination& to_keys, const Destination& to_v);

}  // namespace glance
