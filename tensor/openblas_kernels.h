#pragma once

#include <string_view>
#include <vector>

// Which of OpenBLAS's kernels a processor should have. OpenBLAS chooses by tables of families and models, in which a
// processor that is newer than the tables is missing: it then gets the kernels of 2004, without a word.
namespace glance::detail {

// What the kernels of OpenBLAS's core `name` need of a processor, from 0 (SSE3 or less) by SSE4.2, AVX and AVX2 to 4
// (AVX-512). A name that is not known is of a newer OpenBLAS: above all others.
int kernel_generation(std::string_view name);

// The names, for OPENBLAS_CORETYPE, of kernels of a newer generation than the `running` ones that a processor with
// these instructions (tensor/processor.h) can use; the newest first. Empty when the running ones are right.
std::vector<std::string_view> better_kernels(std::string_view running, unsigned instructions);

}  // namespace glance::detail
