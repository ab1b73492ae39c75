#pragma once

// What the processor that runs the program can do, and what the library was compiled to use.
namespace glance::detail {

// Instructions that some processors of a kind have and others have not; one bit each. Those with which a compiler makes
// code by itself, or by which OpenBLAS's kernels differ.
enum Instructions : unsigned {
  sse42 = 1u << 0,
  popcnt = 1u << 1,
  avx = 1u << 2,
  avx2 = 1u << 3,
  fma = 1u << 4,
  bmi = 1u << 5,
  bmi2 = 1u << 6,
  avx512f = 1u << 7,
  avx512bw = 1u << 8,
  avx512dq = 1u << 9,
  avx512vl = 1u << 10,
  avx512cd = 1u << 11,
  avx512vbmi = 1u << 12,
  avx512ifma = 1u << 13,
  avx512vnni = 1u << 14,
  avx512vbmi2 = 1u << 15,
  made_by_amd = 1u << 31,  // no instruction, but decides between kernels of the same ones
};

// Those of this processor; none where they cannot be asked for, as on other kinds than x86.
unsigned processor_instructions();

// Those that the library's own code uses wherever it likes (-march, GLANCE_NATIVE).
extern const unsigned compiled_instructions;

// For which processors the library was compiled, in words: "x86-64-v3", say, a level of the x86-64 psABI, all of whose
// instructions it may use; "arm64", or another kind.
extern const char* const compiled_for;

// Whether it was compiled for all that the machine which compiled it has (GLANCE_NATIVE), which may be more than that.
extern const bool compiled_natively;

// Ends the program with one line when the processor lacks what the library was compiled to use: the alternative is to
// die of an illegal instruction, without a word. On Linux this has happened before main() and any other code of the
// library; storage asks again, so that no linker leaves it out.
void require_compiled_instructions();

}  // namespace glance::detail
