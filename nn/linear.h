#pragma once

#include "autograd/variable.h"
#include "tensor/random.h"

namespace glance {

// With or without bias.
struct LinearOptions {
  bool bias = true;
  DType dtype = f32;
};

// An affine map, x Wᵀ + b.
struct Linear {
  Variable weight;  // [out, in]
  Variable bias;    // [out], undefined without bias

  // Starts uniform in ±1/√in, weight and bias, as PyTorch's.
  Linear(Index in, Index out, Generator& generator, const LinearOptions& options = {});

  Variable operator()(const Variable& x) const;  // [..., in] -> [..., out]

  static void visit(auto& self, auto&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

}  // namespace glance
