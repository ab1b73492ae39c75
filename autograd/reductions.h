#pragma once

#include "glance/autograd/variable.h"

// Reductions with a history, over the dimensions `axes` names or over all of them, as in tensor/reduce.h. Error for a
// dimension that is not there or is named twice, and for a dtype that the function of the same name there, or in
// tensor/softmax.h, does not take.
namespace glance {

// The sum.
Variable sum(const Variable& x, const Axes& axes = {}, bool keepdim = false);
// The sum over the count.
Variable mean(const Variable& x, const Axes& axes = {}, bool keepdim = false);

// The product. Elements that are 0 have a derivative like any others: the product of the rest.
Variable prod(const Variable& x, const Axes& axes = {}, bool keepdim = false);

// The sums so far along `dim`, as in tensor/cumsum.h.
Variable cumsum(const Variable& x, int dim);

// The largest value. Equal ones share the gradient evenly, as in PyTorch's amax. Error when there is no element.
Variable max(const Variable& x, const Axes& axes = {}, bool keepdim = false);
// The smallest value. Equal ones share the gradient evenly, as in PyTorch's amin. Error when there is no element.
Variable min(const Variable& x, const Axes& axes = {}, bool keepdim = false);

// log(sum(exp(x))) without overflow. Elements that are all -infinity get the gradient 0, where PyTorch's is NaN.
Variable logsumexp(const Variable& x, const Axes& axes = {}, bool keepdim = false);

// Adds up the dimensions along which `shape` was stretched, so that the result has exactly `shape`: the derivative of
// expand. Error when `shape` does not broadcast to x's.
Variable sum_to(const Variable& x, const Shape& shape);

// exp(x) / sum(exp(x)) along `dim`.
Variable softmax(const Variable& x, int dim);
// The logarithm of softmax along `dim`, without the loss of precision that taking it afterwards would bring.
Variable log_softmax(const Variable& x, int dim);

}  // namespace glance
