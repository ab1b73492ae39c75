#pragma once

#include "autograd/variable.h"

// Reductions with a history, over the dimensions `axes` names or over all of them, as in tensor/reduce.h.
namespace glance {

Variable sum(const Variable& x, const Axes& axes = {}, bool keepdim = false);
Variable mean(const Variable& x, const Axes& axes = {}, bool keepdim = false);

// The largest and smallest values. Equal ones share the gradient evenly, as in PyTorch's amax and amin.
Variable max(const Variable& x, const Axes& axes = {}, bool keepdim = false);
Variable min(const Variable& x, const Axes& axes = {}, bool keepdim = false);

// log(sum(exp(x))) without overflow. Elements that are all -infinity get the gradient 0, where PyTorch's is NaN.
Variable logsumexp(const Variable& x, const Axes& axes = {}, bool keepdim = false);

// Adds up the dimensions along which `shape` was stretched, so that the result has exactly `shape`: the derivative of
// expand.
Variable sum_to(const Variable& x, const Shape& shape);

// exp(x) / sum(exp(x)) along `dim`, and its logarithm.
Variable softmax(const Variable& x, int dim);
Variable log_softmax(const Variable& x, int dim);

}  // namespace glance
