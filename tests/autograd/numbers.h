#pragma once

// Single numbers, for tests of how a graph is made and walked.

#include <vector>

#include "glance/autograd/variable.h"
#include "glance/tensor/create.h"
#include "tests/catch.h"

namespace glance {

// A parameter of one number.
inline Variable number(double value) { return parameter(scalar(value, f64)); }

// The number of the only gradient there is.
inline double only(const std::vector<Variable>& gradients) {
  REQUIRE(gradients.size() == 1);
  return gradients[0].item();
}

}  // namespace glance
