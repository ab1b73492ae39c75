// The processor has what the library was compiled for.
#include "glance/tensor/processor.h"

#include "tests/catch.h"

namespace glance::detail {
namespace {

TEST_CASE("this processor has what the library was compiled to use") {
  CHECK((compiled_instructions & ~processor_instructions()) == 0);
  require_compiled_instructions();
#if defined(__x86_64__) && defined(__AVX2__)
  CHECK((compiled_instructions & avx2) != 0);
#endif
}

TEST_CASE("instructions build on one another") {
  const unsigned has = processor_instructions();
  const auto implies = [has](unsigned newer, unsigned older) { return (has & newer) == 0 || (has & older) == older; };
  CHECK(implies(avx, sse42));
  CHECK(implies(avx2, avx));
  CHECK(implies(avx512bw | avx512vl, avx512f));
}

}  // namespace
}  // namespace glance::detail
