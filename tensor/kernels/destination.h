#pragma once

#include "glance/tensor/tensor.h"

// How a kernel is told where its results go.
namespace glance {

// Where a kernel puts one of its results: nowhere (undefined: it is not computed), over what is there, or added to it,
// as a product with β = 1 does. The tensor is dense and has the result's shape and dtype.
struct Destination {
  Tensor tensor;
  bool accumulate = false;

  // Whether the result is to be computed.
  bool wanted() const { return tensor.defined(); }
};

}  // namespace glance
