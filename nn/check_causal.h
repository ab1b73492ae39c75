#pragma once

#include <cstdint>
#include <functional>

#include "glance/tensor/tensor.h"

// The check of everything that predicts what comes next: a later place never changes an earlier one. A model that sees
// what it is to predict trains to a loss near 0 and can say nothing; a mask that is off by one is the usual cause.
namespace glance {

// Options of check_causal().
struct CausalOptions {
  int dim = 1;             // along which time runs, in the input and in the output
  std::uint64_t seed = 1;  // of the numbers that take the place of the input's
};

// Changes all that is later than a place, for each place in turn, and looks whether the output there stays what it was,
// bit for bit. `x` holds symbols, i64, in whose place others of them are put, or numbers, f32 or f64.
//
//   check_causal([&](const Tensor& symbols) { return gpt(symbols).value(); }, symbols);
//
// Error that names the first place that leaks and the later one that it depends on. Also when the output has another
// number of places, when there is only one or all symbols are equal, since nothing could leak then, and when `f` gives
// different values for the same input.
void check_causal(const std::function<Tensor(const Tensor&)>& f, const Tensor& x, const CausalOptions& options = {});

}  // namespace glance
