#pragma once

#include "glance/tensor/shape.h"

// Matrix products too small for a BLAS.
namespace glance::detail {

// Whether small_product() is faster than OpenBLAS for a op(b) [m, n] with k products per sum. Never on a processor
// without AVX2 or AVX-512, or in a build that does not use them.
bool small_product_pays(bool transpose_b, Index m, Index n, Index k);

// c = a op(b), or c += …: what gemm() of tensor/blas.h does, for any sizes and an a that is not transposed.
//
// OpenBLAS lays both factors out anew before it multiplies, which products of as few rows as a recurrent step has do
// not repay. Here a tile of the result stays in registers, and b is read where it lies.
void small_product(bool transpose_b, Index m, Index n, Index k, const float* a, Index lda, const float* b, Index ldb,
                   float* c, Index ldc, bool accumulate);

// Copies the transpose of a contiguous matrix of that many rows and columns. Several times as fast as number by number
// for f32 where the rows are a multiple of a vector's length.
template <class T>
void copy_transposed(Index rows, Index columns, const T* from, T* to);

}  // namespace glance::detail
