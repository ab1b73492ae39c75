#pragma once

#include "glance/autograd/variable.h"
#include "glance/tensor/random.h"

// Linear layers.
namespace glance {

// Options of Linear.
struct LinearOptions {
  bool bias = true;
  DType dtype = f32;
};

// An affine map, x Wᵀ + b.
struct Linear {
  Variable weight;  // [out, in]
  Variable bias;    // [out], undefined without bias

  // Starts uniform in ±1/√in, weight and bias, as PyTorch's. Error for a negative extent, or a dtype that is not f32 or
  // f64.
  Linear(Index in, Index out, Generator& generator, const LinearOptions& options = {});

  // [..., in] -> [..., out]. Error when x has another `in` or another dtype.
  Variable operator()(const Variable& x) const;

  static void visit(auto& self, auto&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

}  // namespace glance
