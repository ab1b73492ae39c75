// A table of OpenBLAS's kernels in the order in which processors learnt the instructions that they need.
#include "glance/tensor/openblas_kernels.h"

#include <array>

#include "glance/tensor/processor.h"

namespace glance::detail {

namespace {

constexpr int newest = 5;

struct Kernels {
  std::string_view name;  // as openblas_get_corename() says it
  int generation;
};

constexpr std::array known_kernels{
    Kernels{"Katmai", 0},      Kernels{"Coppermine", 0},    Kernels{"Northwood", 0},  Kernels{"Prescott", 0},
    Kernels{"Banias", 0},      Kernels{"Atom", 0},          Kernels{"Core2", 0},      Kernels{"Penryn", 0},
    Kernels{"Dunnington", 0},  Kernels{"Athlon", 0},        Kernels{"Opteron", 0},    Kernels{"Opteron_SSE3", 0},
    Kernels{"Barcelona", 0},   Kernels{"Nano", 0},          Kernels{"Bobcat", 0},     Kernels{"Nehalem", 1},
    Kernels{"Sandybridge", 2}, Kernels{"Bulldozer", 2},     Kernels{"Piledriver", 2}, Kernels{"Steamroller", 2},
    Kernels{"Excavator", 3},   Kernels{"Haswell", 3},       Kernels{"Zen", 3},        Kernels{"SkylakeX", 4},
    Kernels{"Cooperlake", 4},  Kernels{"SapphireRapids", 4}};

}  // namespace

int kernel_generation(std::string_view name) {
  for (const Kernels& kernels : known_kernels)
    if (kernels.name == name) return kernels.generation;
  return newest;
}

std::vector<std::string_view> better_kernels(std::string_view running, unsigned instructions) {
  struct Choice {
    int generation;
    unsigned needs;
    std::string_view name;
  };
  constexpr unsigned with_avx2 = sse42 | avx | avx2 | fma;
  const Choice choices[]{{4, with_avx2 | avx512f | avx512bw | avx512dq | avx512vl | avx512cd, "SKYLAKEX"},
                         {3, with_avx2 | made_by_amd, "ZEN"},
                         {3, with_avx2, "HASWELL"},
                         {2, sse42 | avx, "SANDYBRIDGE"},
                         {1, sse42, "NEHALEM"}};
  std::vector<std::string_view> better;
  for (const Choice& choice : choices)
    if (choice.generation > kernel_generation(running) && (instructions & choice.needs) == choice.needs)
      better.push_back(choice.name);
  return better;
}

}  // namespace glance::detail
