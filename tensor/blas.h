#pragma once

#include <cstdint>
#include <string>

#include "glance/tensor/shape.h"

// Products of matrices as they lie in memory, and the library's only door to a BLAS. CMake's option GLANCE_BLAS says
// what stands behind it: OpenBLAS (tensor/blas_openblas.cpp), or the library's own loops, which need nothing else
// (tensor/blas_portable.cpp). Each product runs on the thread that asks for it, and any number of threads may ask at
// once.
namespace glance {

// C[m, n] = op(A)[m, k] op(B)[k, n], or += with `accumulate`, row-major, for T float or double. op transposes; lda, ldb
// and ldc are the distances between rows as they lie in memory. Without `accumulate`, C may be uninitialised. As long
// as m n k is below about 10^6, B as it lies is up to twice as fast as transposed: a matrix that is used many times is
// worth transposing once. Error when an extent or a distance is above 2^31 - 1, and when OpenBLAS, which takes 128 MB
// of address space per thread that multiplies, is refused it or cannot be loaded.
template <class T>
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a, Index lda, const T* b, Index ldb,
          T* c, Index ldc, bool accumulate);

// The work done since the program started, on all threads; exact when no other thread is multiplying.
struct MatmulStatistics {
  std::int64_t calls = 0;  // products of two matrices; a batch that cannot be one product counts each
  std::int64_t flops = 0;  // 2 m n k each
};

// What was counted so far.
MatmulStatistics matmul_statistics();

// What multiplies in this process. Bits differ from one set of kernels to another.
struct BlasKernels {
  std::string library;  // "OpenBLAS 0.3.21", or "glance" for the library's own loops
  std::string kernels;  // those that OpenBLAS uses on this processor, such as "Haswell"; "portable" for our own
  std::string note;     // one line when this processor could do better: what is wrong, and the remedy; else empty
};

// Finds out, and so loads OpenBLAS if no product has done it yet. Error when it cannot be loaded.
BlasKernels blas_kernels();

namespace detail {

// What tensor/blas_openblas.cpp or tensor/blas_portable.cpp does behind gemm, for extents of 1 to 2^31 - 1.
template <class T>
void blas_gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a, Index lda, const T* b,
               Index ldb, T* c, Index ldc, bool accumulate);

// Asked by every thread before its first product, one thread at a time: gets ready for `threads` that multiply, this
// one among them. Error when that cannot be.
void blas_prepare(int threads);

}  // namespace detail

}  // namespace glance
