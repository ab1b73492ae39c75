#pragma once

#include "glance/autograd/variable.h"

// Norms and variances with a history, over the dimensions `axes` names or over all of them, as in tensor/statistics.h.
// Error for a dimension that is not there or is named twice, and for a dtype other than f32 and f64.
namespace glance {

// The Euclidean norm √Σx². Where it is 0 its gradient is 0, as in PyTorch.
Variable norm(const Variable& x, const Axes& axes = {}, bool keepdim = false);

// x less its mean over the axes; shaped as x.
Variable deviations(const Variable& x, const Axes& axes = {});

// The variance of n elements, Σ(x - mean)² / (n - correction).
Variable var(const Variable& x, const Axes& axes = {}, bool keepdim = false, double correction = 1);

// The square root of the variance. Where it is 0, of elements that are all equal, its gradient is 0, as in PyTorch.
Variable standard_deviation(const Variable& x, const Axes& axes = {}, bool keepdim = false, double correction = 1);

}  // namespace glance
