// top_p: draw a word, but not one of the unlikely many
//
// Top-p sampling (Holtzman and others, 2020) draws the next word from the likeliest ones alone. Of the probabilities
// softmax(logits / temperature) keep, from the highest down, the fewest that together reach p, the one that reaches it
// included; at least one. Divide these by their sum, so that they add up to 1 again, and draw.
//
// To draw, take u, a random number from 0 up to 1, and walk the kept words from the likeliest down: the result is the
// first whose probability, with those before it, is more than u.
//
// logits is [words]; the result is the number of a word. Get at numbers by to(x, f64).to_vector<double>().
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Index sample_top_p(const Tensor& logits, double temperature, double p, double u) {
  throw Error("not written yet");
}
