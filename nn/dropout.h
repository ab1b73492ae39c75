#pragma once

#include "glance/autograd/variable.h"

// Dropout as a layer.
namespace glance {

class Generator;

// Sets elements to zero with probability p while training, and scales the others by 1 / (1 - p) (Srivastava et al.,
// 2014). A layer has no mode: `noise` is the generator to draw from when training, and null when evaluating, which
// changes nothing.
struct Dropout {
  double p = 0.5;

  // [...] -> [...]. Error unless 0 <= p < 1.
  Variable operator()(const Variable& x, Generator* noise) const;

  static void visit(auto&, auto&&) {}
};

}  // namespace glance
