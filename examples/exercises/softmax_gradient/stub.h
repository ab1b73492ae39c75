// softmax_gradient: derive the gradient of softmax
//
// y = softmax(x) makes weights of a row of scores. Each weight depends on every score of its row, since all are divided
// by one sum. With L the loss and g = dL/dy the gradient that comes in, derive
//
//   dL/dxᵢ = Σⱼ gⱼ · dyⱼ/dxᵢ        from        yⱼ = exp(xⱼ) / Σₖ exp(xₖ)
//
// Two cases are to be told apart: j = i, where xᵢ stands above and below the line, and j ≠ i, where it stands below
// alone. Then add up, and write what comes out with y, so that no exp is left.
//
// weights, which are y, and grad, which is g, are [..., n]; rows are those of the last dimension, each for itself. The
// result has their shape. By hand: no grad().
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor softmax_gradient(const Tensor& weights, const Tensor& grad) { throw Error("not written yet"); }
