// Asks the processor what it can do. Compiled for any processor of its kind, whatever the rest of the library is
// compiled for, and without templates, of which the linker might take another file's copy.
#include "glance/tensor/processor.h"

#include <cstdio>
#include <cstdlib>

namespace glance::detail {

#if defined(__x86_64__) || defined(__i386__)

namespace {

struct Named {
  unsigned bit;
  const char* name;
};

constexpr Named names[]{{sse42, "SSE4.2"},
                        {popcnt, "POPCNT"},
                        {avx, "AVX"},
                        {avx2, "AVX2"},
                        {fma, "FMA"},
                        {bmi, "BMI"},
                        {bmi2, "BMI2"},
                        {avx512f, "AVX-512"},
                        {avx512bw, "AVX-512 BW"},
                        {avx512dq, "AVX-512 DQ"},
                        {avx512vl, "AVX-512 VL"},
                        {avx512cd, "AVX-512 CD"},
                        {avx512vbmi, "AVX-512 VBMI"},
                        {avx512ifma, "AVX-512 IFMA"},
                        {avx512vnni, "AVX-512 VNNI"},
                        {avx512vbmi2, "AVX-512 VBMI2"}};

// Before the constructors of the library's objects, of which there may be code that uses such instructions.
[[gnu::constructor(101)]] void check_at_start() { require_compiled_instructions(); }

}  // namespace

unsigned processor_instructions() {
  __builtin_cpu_init();
  unsigned has = 0;
  if (__builtin_cpu_supports("sse4.2")) has |= sse42;
  if (__builtin_cpu_supports("popcnt")) has |= popcnt;
  if (__builtin_cpu_supports("avx")) has |= avx;
  if (__builtin_cpu_supports("avx2")) has |= avx2;
  if (__builtin_cpu_supports("fma")) has |= fma;
  if (__builtin_cpu_supports("bmi")) has |= bmi;
  if (__builtin_cpu_supports("bmi2")) has |= bmi2;
  if (__builtin_cpu_supports("avx512f")) has |= avx512f;
  if (__builtin_cpu_supports("avx512bw")) has |= avx512bw;
  if (__builtin_cpu_supports("avx512dq")) has |= avx512dq;
  if (__builtin_cpu_supports("avx512vl")) has |= avx512vl;
  if (__builtin_cpu_supports("avx512cd")) has |= avx512cd;
  if (__builtin_cpu_supports("avx512vbmi")) has |= avx512vbmi;
  if (__builtin_cpu_supports("avx512ifma")) has |= avx512ifma;
  if (__builtin_cpu_supports("avx512vnni")) has |= avx512vnni;
  if (__builtin_cpu_supports("avx512vbmi2")) has |= avx512vbmi2;
  if (__builtin_cpu_is("amd")) has |= made_by_amd;
  return has;
}

void require_compiled_instructions() {
  const unsigned missing = compiled_instructions & ~processor_instructions();
  if (missing == 0) return;
  for (const Named& instruction : names)
    if ((missing & instruction.bit) != 0) {
      std::fprintf(stderr,
                   "glance: compiled for a processor with %s, which this one lacks: build it here, or with "
                   "-DGLANCE_NATIVE=OFF for any processor\n",
                   instruction.name);
      std::_Exit(1);
    }
}

#else

unsigned processor_instructions() { return 0; }
void require_compiled_instructions() {}

#endif

}  // namespace glance::detail
