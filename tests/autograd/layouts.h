#pragma once

#include <vector>

#include "glance/autograd/variable.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"

// What the tests of differentiable operations share: inputs of every kind to check derivatives at.
namespace glance {

// f64 numbers from low to high that look random and are the same everywhere.
inline Tensor random_values(const Shape& shape, double low = -2, double high = 2, std::uint64_t seed = 1) {
  Generator generator(seed);
  return uniform(shape, generator, low, high, f64);
}

// One input: dense, strided in two ways, a single element with and without a dimension, and none.
inline std::vector<Tensor> layouts(double low = -2, double high = 2) {
  return {random_values({2, 3}, low, high),
          transpose(random_values({3, 2}, low, high)),
          slice(random_values({4, 3}, low, high), 0, 0, 4, 2),
          random_values({1}, low, high),
          random_values({}, low, high),
          random_values({0, 3}, low, high)};
}

// A parameter from numbers written out.
inline Variable given(const NestedList& values, DType dtype = f32) { return parameter(tensor(values, dtype)); }

}  // namespace glance
