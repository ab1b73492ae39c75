#pragma once

#include <span>

#include "examples/seq2seq/batches.h"

// How long translations may become.
namespace glance::seq2seq {

// How long a translation may become, its end mark counted, before it is stopped: a decoder that has not learnt to end
// would go on for ever. What the training pairs need is allowed, with room; what is far beyond them is not.
struct LengthBound {
  double ratio = 2;          // target words for each source word
  Index longest_source = 0;  // up to here a target has at most longest_target words; sources that are longer, in
  Index longest_target = 0;  // proportion. 0: the ratio alone bounds it, as in checkpoints from before it was measured
  Index fixed = 0;           // what a person asked for, whatever the source; 0: nothing

  // The most words for a source of so many: fixed, or else min(ratio * n, longest_target * max(1, n / longest_source))
  // and ten more.
  Index operator()(Index source_length) const;

  bool operator==(const LengthBound&) const = default;
};

// The bound that training examples call for: their largest ratio of target to source and their longest target, and a
// quarter of each beyond. Without examples, the bound that a LengthBound starts with.
LengthBound length_bound_of(std::span<const Example> examples);

}  // namespace glance::seq2seq
