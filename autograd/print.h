#pragma once

#include <iosfwd>
#include <string>

#include "glance/autograd/variable.h"

// Variables as text, for people and for streams.
namespace glance {

// The value as to_string(Tensor) writes it, and where it comes from: "[1, 2] f32[2], a parameter",
// "[2, 4] f32[2], made by multiply". Of a constant the value alone.
std::string to_string(const Variable& x);

// Writes to_string(x).
std::ostream& operator<<(std::ostream& out, const Variable& x);

}  // namespace glance
