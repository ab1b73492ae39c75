#pragma once

#include "glance/tensor/blas.h"
#include "glance/tensor/tensor.h"

// Products of matrices and batches of them, of any shapes that fit. Each runs on the thread that calls it, and any
// number of threads may call at once.
namespace glance {

// The matrix product, as in PyTorch: [n, k] x [k, m] -> [n, m]; leading dimensions are batches and broadcast; a vector
// [k] counts as a row on the left and as a column on the right, and its dimension is dropped from the result. Operands
// whose rows or columns are contiguous, as in most slices and transposes, are used where they lie; others are copied
// first. A batch times one matrix is one product of all the batch's rows, which are copied if they do not lie evenly
// apart. An empty inner dimension gives zeros. Error when the shapes do not fit, the dtypes differ or are not floating.
Tensor matmul(const Tensor& a, const Tensor& b);

// out = a b, or out += a b: [n, k] x [k, m] -> [n, m], or [batch, n, k] x [batch, k, m] -> [batch, n, m]. `out`'s rows
// must be contiguous but may lie apart, and must not overlap a or b. Without `accumulate`, out may be uninitialised.
// Error when the shapes do not fit, the dtypes differ or are not floating, or out is laid out otherwise.
void multiply_into(const Tensor& out, const Tensor& a, const Tensor& b, bool accumulate);

}  // namespace glance
