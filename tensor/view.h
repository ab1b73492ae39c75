#pragma once

#include <initializer_list>
#include <span>

#include "glance/tensor/tensor.h"

// Other ways to look at the same elements. Every result shares storage (and the version counter) with `x` and takes
// constant time, whatever the size; only reshape and flatten may have to copy. Names, defaults and negative dimensions
// are PyTorch's. Each throws Error for a dimension that is not there.
namespace glance {

// The slice at `index` along `dim`, without that dimension: [batch, time, features], dim 1 -> [batch, features].
// Negative indices count from the end. Error when out of range.
Tensor select(const Tensor& x, int dim, Index index);

// Entries from, from + step, … before `to` along `dim`. Negative bounds count from the end, and bounds outside are
// moved to the nearest end, so any slice is valid and may be empty. Error when step < 1.
Tensor slice(const Tensor& x, int dim, Index from, Index to, Index step = 1);

// Dimensions a and b swapped.
Tensor transpose(const Tensor& x, int a, int b);

// The last two dimensions swapped. Error when there are fewer.
Tensor transpose(const Tensor& x);

// Dimension i of the result is dimension dims[i] of x. Error unless each dimension is named once.
Tensor permute(const Tensor& x, std::span<const int> dims);
Tensor permute(const Tensor& x, std::initializer_list<int> dims);

// The same elements in row-major order with another shape; one extent may be -1 and is worked out. A view where x's
// strides allow it (always when x is dense), else a dense copy. Error when the counts differ.
Tensor reshape(const Tensor& x, const Shape& shape);

// Dimensions from `from` to `to`, both included, made one; a scalar becomes [1]. A view or a copy as reshape.
Tensor flatten(const Tensor& x, int from = 0, int to = -1);

// Without dimension `dim` if its extent is 1, else x.
Tensor squeeze(const Tensor& x, int dim);

// Without any dimension of extent 1.
Tensor squeeze(const Tensor& x);

// With a new dimension of extent 1 before `dim`; -1 puts it last.
Tensor unsqueeze(const Tensor& x, int dim);

// Extents of 1 stretched, and leading dimensions added, to give `shape`; -1 keeps an extent. The repeated elements are
// one element in memory: do not write to the result. Error when x does not stretch to `shape`.
Tensor expand(const Tensor& x, const Shape& shape);

}  // namespace glance
