// What the library was compiled to use, as constants and no code: this file is compiled as the rest of the library is,
// tensor/processor.cpp, which reads it, for any processor.
#include "glance/tensor/processor.h"

namespace glance::detail {

constexpr unsigned compiled =
#if defined(__SSE4_2__)
    sse42 |
#endif
#if defined(__POPCNT__)
    popcnt |
#endif
#if defined(__AVX__)
    avx |
#endif
#if defined(__AVX2__)
    avx2 |
#endif
#if defined(__FMA__)
    fma |
#endif
#if defined(__BMI__)
    bmi |
#endif
#if defined(__BMI2__)
    bmi2 |
#endif
#if defined(__AVX512F__)
    avx512f |
#endif
#if defined(__AVX512BW__)
    avx512bw |
#endif
#if defined(__AVX512DQ__)
    avx512dq |
#endif
#if defined(__AVX512VL__)
    avx512vl |
#endif
#if defined(__AVX512CD__)
    avx512cd |
#endif
#if defined(__AVX512VBMI__)
    avx512vbmi |
#endif
#if defined(__AVX512IFMA__)
    avx512ifma |
#endif
#if defined(__AVX512VNNI__)
    avx512vnni |
#endif
#if defined(__AVX512VBMI2__)
    avx512vbmi2 |
#endif
    0u;

extern const unsigned compiled_instructions = compiled;

#if defined(__x86_64__)
constexpr unsigned v2 = sse42 | popcnt;
constexpr unsigned v3 = v2 | avx | avx2 | fma | bmi | bmi2;
constexpr unsigned v4 = v3 | avx512f | avx512bw | avx512dq | avx512vl | avx512cd;
extern const char* const compiled_for = (compiled & v4) == v4   ? "x86-64-v4"
                                        : (compiled & v3) == v3 ? "x86-64-v3"
                                        : (compiled & v2) == v2 ? "x86-64-v2"
                                                                : "x86-64";
#elif defined(__i386__)
extern const char* const compiled_for = "x86";
#elif defined(__aarch64__)
extern const char* const compiled_for = "arm64";
#elif defined(__wasm__)
extern const char* const compiled_for = "wasm";
#else
extern const char* const compiled_for = "another kind of processor";
#endif

#ifdef GLANCE_NATIVE
extern const bool compiled_natively = true;
#else
extern const bool compiled_natively = false;
#endif

}  // namespace glance::detail
