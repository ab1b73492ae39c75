#pragma once

#include "glance/tensor/tensor.h"

// Functions that bring many elements down to one: over the dimensions `axes` names, or over all of them when it names
// none. A reduced dimension is dropped, or kept with extent 1 when `keepdim` is true. Error for a dimension that is not
// there or is named twice, and for a dtype that the function does not name.
namespace glance {

// The sum. f32, f64 and i64; of bool, the count of true as i64. That of nothing is 0. f32 is added up in lanes and
// blocks, so that the error does not grow with the count.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// The sum over the count. f32 and f64. The mean of nothing is NaN.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// The product. f32, f64 and i64, which wraps around; of bool, as i64, whether all are true. That of nothing is 1.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// The largest value. f32, f64 and i64. NaN when any element is NaN; Error when there are none.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// The smallest value. f32, f64 and i64. NaN when any element is NaN; Error when there are none.
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// Where along `dim` the largest value stands, as i64: the first of equals, and the first NaN if there is one. f32, f64
// and i64. Error when there is no element.
Tensor argmax(const Tensor& x, int dim, bool keepdim = false);

// Where along `dim` the smallest value stands; all else as for argmax.
Tensor argmin(const Tensor& x, int dim, bool keepdim = false);

// log(sum(exp(x))), computed as m + log(sum(exp(x - m))) with m = max(x), so that it does not overflow. f32 and f64.
// -infinity when every element is, and of nothing.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// Whether any element of a bool tensor is true; of nothing, false.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// Whether every element of a bool tensor is true; of nothing, true.
Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

// The squared Euclidean norm of all elements, summed in double. f32 and f64.
double sum_of_squares(const Tensor& x);

// Adds up the dimensions along which `shape` was stretched, so that the result has exactly `shape`: the derivative of
// broadcasting. Error when `shape` does not broadcast to x's.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace glance
