#pragma once

#include <cstdio>
#include <exception>
#include <string>

#include "glance/tensor/blas.h"
#include "glance/tensor/processor.h"

// What a program says about itself and about what it multiplies with.
namespace glance {

// "OpenBLAS 0.3.21, kernels SkylakeX". Error when it cannot be loaded.
inline std::string describe_blas() {
  const BlasKernels blas = blas_kernels();
  return blas.library + ", kernels " + blas.kernels;
}

// The answer to --version: of the libraries that a package has for several processors, it names the one that runs.
inline std::string version_text(const std::string& program) {
  std::string products;
  try {
    products = describe_blas();
  } catch (const std::exception& error) {
    products = error.what();
  }
  const std::string processor = std::string(detail::compiled_for) + (detail::compiled_natively ? ", native" : "");
  return program + " (glance " GLANCE_VERSION ")\ncompiled for " + processor + "\nproducts by " + products;
}

// One line on standard error when this processor could multiply faster, with the remedy.
inline void warn_of_slow_kernels(const char* program) {
  if (const std::string note = blas_kernels().note; !note.empty())
    std::fprintf(stderr, "%s: %s\n", program, note.c_str());
}

}  // namespace glance
