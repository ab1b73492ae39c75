#pragma once

#include <span>
#include <vector>

#include "glance/tensor/random.h"
#include "glance/tensor/shape.h"

// How a letter is chosen by what a model says of each.
namespace glance::gpt {

// What becomes of the model's probabilities before one is drawn, in this order.
struct SamplingOptions {
  double temperature = 1;  // logits are divided by it: below 1 likely letters gain, above 1 unlikely ones; 0: the
                           // likeliest letter alone, the first of equals
  Index top_k = 0;         // only so many of the likeliest letters (Fan, Lewis and Dauphin, 2018); 0: all
  double top_p = 1;        // of these only the likeliest whose probabilities come to this (Holtzman et al., 2020), at
                           // least one
};

// The probability with which each letter is drawn; those left out have 0, and all add up to 1. Letters that are equally
// likely stand in the order of their numbers. Error for a temperature that is negative or not finite, a negative top_k,
// a top_p that is not over 0 and at most 1, no logits, or one that is NaN or plus infinity.
std::vector<double> sampling_probabilities(std::span<const float> logits, const SamplingOptions& options);

// A letter drawn with these probabilities, by one number from the generator, also where only one letter is possible: so
// the same seed goes on alike.
Index draw(std::span<const double> probabilities, Generator& generator);

}  // namespace glance::gpt
