#pragma once

#include <span>
#include <vector>

#include "glance/tensor/tensor.h"

// Sequences of different lengths side by side.
namespace glance {

// How long each sequence of a padded batch is. Made once per batch and handed to every layer, so that padding leaks
// nowhere. The default, undefined, says that every sequence is full.
struct Lengths {
  Tensor values;   // i64 [batch]
  Tensor visible;  // bool [batch, time], true where a sequence has a step: what may be seen

  Lengths() = default;

  // Error for a length below 0 or over `time`.
  Lengths(std::span<const Index> lengths, Index time);

  // [batch, 1, time]: the mask for attention, where every query of a sequence sees the same steps. Undefined as the
  // lengths are.
  Tensor visible_to_queries() const;
};

// Sequences of symbols side by side.
struct PaddedBatch {
  Tensor symbols;  // i64 [batch, time], `pad` after each sequence's end
  Lengths lengths;
};

// Pads to the longest. `pad` must be a symbol that models may look up, since padding is looked up and then ignored.
PaddedBatch pad_sequences(std::span<const std::vector<Index>> sequences, Index pad = 0);

}  // namespace glance
