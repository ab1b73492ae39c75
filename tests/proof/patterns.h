#pragma once

#include <vector>

#include "glance/tensor/create.h"
#include "glance/tensor/tensor.h"
#include "tests/proof/cases.h"

// Masks, indices and weights for the lines of the table, the same each time.
namespace glance::proof {

// A recurrent weight: small, so that states settle. Large ones make a chaos in which rounding grows from step to step.
inline Input weight(const char* shape) { return {shape, -0.4, 0.4}; }

// bool, true at every third element.
inline Tensor every_third(const Shape& shape) {
  const Tensor mask = zeros(shape, boolean);
  bool* element = mask.write<bool>();
  for (Index i = 0; i < mask.numel(); i += 3) element[i] = true;
  return mask;
}

// i64, from 0 to below `bound`, some more than once and not in order.
inline Tensor places(Index bound, const Shape& shape) {
  const Tensor indices = zeros(shape, i64);
  Index* element = indices.write<Index>();
  for (Index i = 0; i < indices.numel(); ++i) element[i] = bound > 0 ? (i * 5 + 2) % bound : 0;
  return indices;
}

// i64 [batch], lengths of sequences from 0 to `time`.
inline Tensor ragged(Index batch, Index time) {
  const Tensor lengths = zeros({batch}, i64);
  Index* length = lengths.write<Index>();
  for (Index i = 0; i < batch; ++i) length[i] = (time + 2 * i) % (time + 1);
  return lengths;
}

// The shape without its last dimension.
inline Shape without_last(const Shape& shape) { return Shape(std::span(shape.begin(), shape.end() - 1)); }

}  // namespace glance::proof
