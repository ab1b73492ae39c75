// The processor has what the library was compiled for.
#include "glance/tensor/processor.h"

#include <string_view>

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

#if defined(__x86_64__)
TEST_CASE("the level that the library says it was compiled for is the highest whose instructions it uses") {
  const std::string_view level = compiled_for;
  const auto uses = [](unsigned instructions) { return (compiled_instructions & instructions) == instructions; };
  CHECK((level >= "x86-64-v2") == uses(sse42 | popcnt));
  CHECK((level >= "x86-64-v3") == uses(sse42 | popcnt | avx | avx2 | fma | bmi | bmi2));
  CHECK((level >= "x86-64-v4") == uses(avx2 | fma | bmi2 | avx512f | avx512bw | avx512dq | avx512vl | avx512cd));
}
#endif

TEST_CASE("instructions build on one another") {
  const unsigned has = processor_instructions();
  const auto implies = [has](unsigned newer, unsigned older) { return (has & newer) == 0 || (has & older) == older; };
  CHECK(implies(avx, sse42));
  CHECK(implies(avx2, avx));
  CHECK(implies(avx512bw | avx512vl, avx512f));
}

}  // namespace
}  // namespace glance::detail
