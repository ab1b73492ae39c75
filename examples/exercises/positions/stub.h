// positions: sines and cosines that say where a word stands
//
// Attention does not see in which order words stand, so a vector that depends on the position is added to each. That of
// position t has two numbers for each wavelength, a sine and a cosine in turns:
//
//   p(t, 2i) = sin(t / 10000^(2i / features))      p(t, 2i + 1) = cos(t / 10000^(2i / features))
//
// The result is [count, features] of f64, for the positions from, from + 1, …; features is even. One way is to fill a
// std::vector<double>, row by row, and to return from_values(numbers, {count, features}).
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor position_vectors(Index count, Index features, Index from) { throw Error("not written yet"); }
