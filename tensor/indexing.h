#pragma once

#include "glance/tensor/tensor.h"

// Reading and adding at places that are given by numbers. Indices are i64 tensors; an index below 0 or too large is an
// Error that says which, where it stands, and the bound. Sums run in the order of the indices, so results repeat bit
// for bit; those of f32 are added in double where an index may name one place more than 64 times, so that the error
// does not grow with their number, and those of i64 wrap around. Results are new tensors unless the name ends in _into.
namespace glance {

// result[i][j][k] = x[i][indices[i][j][k]][k] for dim 1 of three. Shaped as `indices`, whose extents may be smaller
// than x's in the other dimensions.
Tensor gather(const Tensor& x, int dim, const Tensor& indices);

// x, with source[i][j][k] added to [i][indices[i][j][k]][k] for dim 1 of three: the reverse of gather. `indices` may be
// smaller than `source` in any dimension, and than x in any but `dim`.
Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, const Tensor& source);

// x, with source[i][j][k] put in the place of [i][indices[i][j][k]][k] for dim 1 of three; shapes as for scatter_add.
// Of several for one place the last stays, where PyTorch leaves open which does. Any dtype.
Tensor scatter(const Tensor& x, int dim, const Tensor& indices, const Tensor& source);

// The same with one number for all places. Error when x cannot hold it.
Tensor scatter(const Tensor& x, int dim, const Tensor& indices, double value);

// Which of two numbers scatter_reduce keeps: the larger or the smaller.
enum class ScatterReduce { amax, amin };

// As scatter, but a place keeps the largest, or the smallest, of what it held and of all that is put there; NaN when
// any of them is. f32, f64 and i64. PyTorch's other reductions are left out; scatter_add is its sum.
Tensor scatter_reduce(const Tensor& x, int dim, const Tensor& indices, const Tensor& source, ScatterReduce reduce);

// Entries indices[0], indices[1], … of x along `dim`; `indices` is [n].
Tensor index_select(const Tensor& x, int dim, const Tensor& indices);

// x, with entry i of `source` along `dim` added to entry indices[i]: the reverse of index_select. `indices` is [n], and
// `source` shaped as x but with n along `dim`.
Tensor index_add(const Tensor& x, int dim, const Tensor& indices, const Tensor& source);

// The rows of a table, looked up: [n, features] at indices [...] -> [..., features]. An embedding's forward pass.
// `operation` names who asks, for errors.
Tensor take_rows(const Tensor& table, const Tensor& indices, const char* operation = "take_rows");

// table[indices[i]] += rows[i], in order: the reverse of take_rows, in place. `table` is [n, features], `indices`
// [...], `rows` [..., features]. Nothing is written when an index is out of range.
void add_rows_into(const Tensor& table, const Tensor& indices, const Tensor& rows);

// [...] -> [..., classes]: 1 at each index, 0 elsewhere.
Tensor one_hot(const Tensor& indices, Index classes, DType dtype = f32);

// The matrices in the last two dimensions with everything above the diagonal zero. The diagonal lies `diagonal` places
// right of the main one (left when negative).
Tensor tril(const Tensor& x, Index diagonal = 0);

// As tril, with everything below the diagonal zero.
Tensor triu(const Tensor& x, Index diagonal = 0);

}  // namespace glance
