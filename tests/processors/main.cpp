// Says which kernels OpenBLAS has on this processor, after a product with them, and what could be better; compiled for
// any processor, so that tests/processors/run.sh can pretend to be another.
#include <cstdio>
#include <exception>

#include "glance/tensor/blas.h"

int main() try {
  float two[]{1, 2, 3, 4}, product[4];
  glance::detail::blas_prepare(1);
  glance::detail::blas_gemm<float>(false, false, 2, 2, 2, two, 2, two, 2, product, 2, false);
  if (product[0] != 7 || product[1] != 10 || product[2] != 15 || product[3] != 22) {
    std::fprintf(stderr, "the product is wrong\n");
    return 1;
  }
  const glance::BlasKernels blas = glance::blas_kernels();
  std::printf("%s%s%s\n", blas.kernels.c_str(), blas.note.empty() ? "" : ": ", blas.note.c_str());
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
