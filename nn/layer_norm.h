#pragma once

#include "glance/autograd/variable.h"

// Layer normalisation as a layer.
namespace glance {

// Options of LayerNorm.
struct LayerNormOptions {
  double epsilon = 1e-5;  // keeps a row of equal numbers from dividing by 0
  bool bias = true;
  DType dtype = f32;
};

// Layer normalisation over the last dimension (Ba, Kiros and Hinton, 2016).
struct LayerNorm {
  Variable weight;  // [features], starts as ones
  Variable bias;    // [features], starts as zeros; undefined without
  double epsilon;

  // Error for a negative count of features, or a dtype that is not f32 or f64.
  explicit LayerNorm(Index features, const LayerNormOptions& options = {});

  // [..., features] -> [..., features]. Error when x has other features or another dtype.
  Variable operator()(const Variable& x) const;

  static void visit(auto& self, auto&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

}  // namespace glance
