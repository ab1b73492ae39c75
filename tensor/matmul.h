#pragma once

#include <cstdint>

#include "glance/tensor/tensor.h"

// Matrix products, by OpenBLAS or, where it is faster, tensor/small_product.h. Each runs on the thread that calls it,
// and any number of threads may call at once.
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

// For kernels: C[m, n] = op(A)[m, k] op(B)[k, n], or += with `accumulate`, row-major. op transposes; lda, ldb and ldc
// are the distances between rows as they lie in memory. Without `accumulate`, C may be uninitialised. T is float or
// double. As long as m n k is below about 10^6, B as it lies is up to twice as fast as transposed: a matrix that is
// used many times is worth transposing once. Error when an extent or a distance is above 2^31 - 1.
template <class T>
void multiply(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a, Index lda, const T* b,
              Index ldb, T* c, Index ldc, bool accumulate);

// The work done since the program started, on all threads; exact when no other thread is multiplying.
struct MatmulStatistics {
  std::int64_t calls = 0;  // products of two matrices; a batch that cannot be one product counts each
  std::int64_t flops = 0;  // 2 m n k each
};

// What was counted so far.
MatmulStatistics matmul_statistics();

}  // namespace glance
