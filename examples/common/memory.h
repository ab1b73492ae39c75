#pragma once

#include <string_view>

// Whether work fits into memory, asked before it starts: found out here it costs nothing; found out by the system, it
// costs the process and what others had open.
namespace glance {

// Error when a training would take more bytes than the machine has memory. `remedy` ends the sentence "lower …".
void check_memory(double bytes, std::string_view remedy);

}  // namespace glance
