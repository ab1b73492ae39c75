#pragma once

#include <iosfwd>
#include <string>

#include "glance/tensor/tensor.h"

// Tensors as text, for people and for streams.
namespace glance {

// The elements in nested brackets, columns aligned, then dtype and shape: "[1, 2, 3] f32[3]". Of a tensor of more than
// 1,000 elements only the ends of long dimensions are shown.
std::string to_string(const Tensor& x);

// Writes to_string(x).
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace glance
