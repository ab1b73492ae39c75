// An estimate held against the memory of the machine.
#include "examples/common/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include "glance/tensor/error.h"

namespace glance {

void check_memory(double bytes, std::string_view remedy) {
  const double there = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (bytes > there)
    throw Error(fmt::format("this training would take about {:.0f} GB of memory, and the machine has {:.0f}: lower {}",
                            bytes / 1e9, there / 1e9, remedy));
}

}  // namespace glance
