#pragma once

#include <initializer_list>
#include <span>

#include "glance/tensor/tensor.h"

// Other arrangements of elements that no strides can show, so that the results are new tensors: turned round, with a
// margin, repeated. Any dtype. Names and defaults are PyTorch's.
namespace glance {

// x with the order of its entries reversed along each dimension that `axes` names; along all when it names none. Error
// for a dimension that is not there or is named twice.
Tensor flip(const Tensor& x, const Axes& axes);

// x with `value` before and after it. `amounts` are pairs from the last dimension backwards: {before, after} of the
// last, then {before, after} of the one before it, …. A negative amount cuts off as many entries. Error for an odd
// count of amounts, for more pairs than dimensions, when more is cut off than is there, and when x cannot hold `value`.
Tensor pad(const Tensor& x, std::span<const Index> amounts, double value = 0);
Tensor pad(const Tensor& x, std::initializer_list<Index> amounts, double value = 0);

// Each entry along `dim` `repeats` times in a row: [a, b] twice is [a, a, b, b]. Error when `repeats` is negative.
Tensor repeat_interleave(const Tensor& x, Index repeats, int dim);

// Entry i along `dim` repeats[i] times in a row; `repeats` is i64 [n], n being the extent. Error for another shape or
// dtype, and for a negative number.
Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, int dim);

}  // namespace glance
