#pragma once

#include "glance/tensor/tensor.h"

// Norms and variances of many elements: over the dimensions that `axes` names, or over all of them when it names none.
// A reduced dimension is dropped, or kept with extent 1 when `keepdim` is true. f32 and f64. Error for a dimension that
// is not there or is named twice, and for another dtype.
namespace glance {

// The Euclidean norm √Σx², without overflow or underflow on the way: that of {3e200, 4e200} is 5e200. Of nothing, 0.
// NaN when any element is NaN, else infinite when one is.
Tensor norm(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// x less its mean over the axes; shaped as x. Exactly 0 where all are equal, and as exact far from 0 as near it: the
// mean is that of the distances from the first entry.
Tensor deviations(const Tensor& x, const Axes& axes = {});

// The variance Σ(x - mean)² / (n - correction) of n elements: unbiased with the correction 1 (Bessel's), and the mean
// square of the deviations with 0. In two passes, so that nothing cancels. With n no larger than the correction the
// divisor is 0, and the variance NaN or infinite.
Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdim = false, double correction = 1);

// The square root of the variance, without overflow on the way. PyTorch's `std`, a name that C++ has taken.
Tensor standard_deviation(const Tensor& x, const Axes& axes = {}, bool keepdim = false, double correction = 1);

// What var() divides by: the count of the elements over which `axes` reduces `shape`, less the correction, and at least
// 0. `operation` is for the error.
double degrees_of_freedom(const char* operation, const Shape& shape, const Axes& axes, double correction);

}  // namespace glance
