// Which of OpenBLAS's kernels a processor should have, from names and instructions alone.
#include "glance/tensor/openblas_kernels.h"

#include <string_view>
#include <vector>

#include "glance/tensor/processor.h"
#include "tests/catch.h"

namespace glance::detail {
namespace {

using Names = std::vector<std::string_view>;

constexpr unsigned avx2_processor = sse42 | popcnt | avx | avx2 | fma | bmi | bmi2;
constexpr unsigned avx512_processor = avx2_processor | avx512f | avx512bw | avx512dq | avx512vl | avx512cd;

TEST_CASE("kernels older than the processor are exchanged for the newest that it can use") {
  CHECK(better_kernels("Prescott", avx512_processor) == Names{"SKYLAKEX", "HASWELL", "SANDYBRIDGE", "NEHALEM"});
  CHECK(better_kernels("Prescott", avx2_processor) == Names{"HASWELL", "SANDYBRIDGE", "NEHALEM"});
  CHECK(better_kernels("Barcelona", avx2_processor | made_by_amd).front() == "ZEN");
  CHECK(better_kernels("Haswell", avx512_processor | made_by_amd) == Names{"SKYLAKEX"});
  CHECK(better_kernels("Nehalem", sse42 | avx) == Names{"SANDYBRIDGE"});
  CHECK(better_kernels("Atom", sse42) == Names{"NEHALEM"});
}

TEST_CASE("kernels that fit the processor are left alone") {
  CHECK(better_kernels("SkylakeX", avx512_processor).empty());
  CHECK(better_kernels("Cooperlake", avx512_processor | made_by_amd).empty());
  CHECK(better_kernels("Haswell", avx2_processor).empty());
  CHECK(better_kernels("Haswell", avx2_processor | made_by_amd).empty());
  CHECK(better_kernels("Zen", avx2_processor | made_by_amd).empty());
  CHECK(better_kernels("Sandybridge", sse42 | avx).empty());
  CHECK(better_kernels("Prescott", 0).empty());
  CHECK(better_kernels("Piledriver", sse42 | avx | fma | made_by_amd).empty());
}

TEST_CASE("a processor needs all that the kernels use") {
  CHECK(better_kernels("Haswell", avx512_processor & ~avx512vl).empty());
  CHECK(better_kernels("Sandybridge", sse42 | avx | avx2).empty());  // without FMA
}

TEST_CASE("kernels of a newer OpenBLAS are left alone") {
  CHECK(better_kernels("Zen7", avx512_processor).empty());
  CHECK(better_kernels("NEOVERSEN1", 0).empty());
  CHECK(kernel_generation("Zen7") > kernel_generation("SapphireRapids"));
}

}  // namespace
}  // namespace glance::detail
