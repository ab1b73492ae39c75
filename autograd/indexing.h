#pragma once

#include "glance/autograd/variable.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/sort.h"

// Reading and adding at places that are given by numbers, with a history. Indices are plain i64 tensors and take no
// gradient. Shapes and errors are as for the function of the same name in tensor/indexing.h and tensor/sort.h.
namespace glance {

// The elements of x at `indices` along `dim`, one index for each element of the result.
Variable gather(const Variable& x, int dim, const Tensor& indices);

// x with the elements of `source` added at `indices` along `dim`: the reverse of gather.
Variable scatter_add(const Variable& x, int dim, const Tensor& indices, const Variable& source);

// x with the elements of `source`, or a number, put at `indices` along `dim`. Of several elements for one place the
// last stays, and only that one gets the gradient; PyTorch's then goes to all of them.
Variable scatter(const Variable& x, int dim, const Tensor& indices, const Variable& source);
Variable scatter(const Variable& x, int dim, const Tensor& indices, double value);

// Entries indices[0], indices[1], … of x along `dim`; `indices` is [n].
Variable index_select(const Variable& x, int dim, const Tensor& indices);

// x with entry i of `source` along `dim` added to entry indices[i]: the reverse of index_select.
Variable index_add(const Variable& x, int dim, const Tensor& indices, const Variable& source);

// x with the larger or the smaller of what was in a place and of what `source` puts there. All that are equal to the
// result share its gradient evenly, x's own element among them, as in PyTorch.
Variable scatter_reduce(const Variable& x, int dim, const Tensor& indices, const Variable& source,
                        ScatterReduce reduce);

// Rows of a table, looked up: table [n, features] at indices [...] -> [..., features]. Error for an index that is no
// row.
Variable embedding(const Variable& table, const Tensor& indices);

// The matrices in the last two dimensions with zeros above a diagonal.
Variable tril(const Variable& x, Index diagonal = 0);

// The matrices in the last two dimensions with zeros below a diagonal.
Variable triu(const Variable& x, Index diagonal = 0);

// Elements in order, and where they stood (i64).
struct SortedVariable {
  Variable values;
  Tensor indices;
};

// Sorts along `dim`. Of equal elements the earlier one comes first, and gets the gradient of its place.
SortedVariable sort(const Variable& x, int dim = -1, bool descending = false);

// The k largest (or smallest) along `dim`, best first. Of equal elements the earlier one comes first.
SortedVariable topk(const Variable& x, Index k, int dim = -1, bool largest = true);

}  // namespace glance
