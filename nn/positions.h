#pragma once

#include <array>

#include "glance/autograd/variable.h"
#include "glance/tensor/random.h"

// Where a symbol stands in its sequence. Attention sees a set: without positions it cannot tell "dog bites man" from
// "man bites dog". Every kind takes an offset, `from`, the position of the first place it is given, so that a sequence
// which is read a part at a time has the same positions as one that is read at once.
namespace glance {

// The ways in which a model knows where its symbols stand.
enum class PositionKind {
  none,        // it does not, unless by what a causal mask hides
  learned,     // a vector for each position, trained (Gehring et al., 2017)
  sinusoidal,  // a vector for each position, of sines and cosines (Vaswani et al., 2017)
  rotary       // queries and keys are turned by their position (Su et al., 2021)
};

// The names of the kinds, in the order of PositionKind.
inline constexpr std::array<const char*, 4> position_names = {"none", "learned", "sinusoidal", "rotary"};

// The positions from `from` on as sines and cosines of wavelengths from 2π to 10000 · 2π, [count, features]:
//
//   p(t, 2i) = sin(t / 10000^(2i / features))    p(t, 2i + 1) = cos(t / 10000^(2i / features))
//
// Error for a negative count or offset, or a dtype that is not f32 or f64.
Tensor sinusoidal_positions(Index count, Index features, Index from = 0, DType dtype = f32);

// Turns the vector of each place by angles that grow with its position, so that the product of two of them depends on
// how far apart they stand and not on where: x [..., time, features], with
//
//   (x_i, x_{i + features/2}) turned by t / 10000^(2i / features)
//
// the pairs that GPT-NeoX and Llama turn (the paper's own are neighbours). Error for an odd number of features, or a
// negative offset.
Variable rotate(const Variable& x, Index from = 0);

// Options of Positions.
struct PositionOptions {
  double deviation = 0.02;  // of learned positions' first values, normal around 0
  DType dtype = f32;
};

// Adds to each place what tells its position, where the kind is learned or sinusoidal. Rotary positions belong into the
// attention (MultiHeadOptions), and nothing is added here.
struct Positions {
  PositionKind kind;
  Variable weight;  // [most, features], learned positions only

  // For sequences of at most `most` places, which learned positions need to know and others do not. Error for a
  // negative extent, or a dtype that is not f32 or f64.
  Positions(PositionKind kind, Index most, Index features, Generator& generator, const PositionOptions& options = {});

  // x [..., time, features] -> the same shape. Error when learned positions end before from + time.
  Variable operator()(const Variable& x, Index from = 0) const;

  static void visit(auto& self, auto&& f) { f("weight", self.weight); }
};

}  // namespace glance
