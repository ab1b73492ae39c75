#pragma once

#include <iosfwd>
#include <string>

#include "tensor/tensor.h"

namespace glance {

// The elements in nested brackets, columns aligned, then shape and dtype; only the ends of long dimensions are shown
// when there are more than 1,000 elements.
std::string to_string(const Tensor& x);

std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace glance
