// cache: read on, without reading all again
//
// When a model writes, each new word looks at all words before it. Their keys and values have been computed already, so
// they are kept. whole() in examples/exercises/cache/layer.h reads a sequence at once:
//
//   placed = x + positions        context = attend(placed · queryᵀ, placed · keyᵀ, placed · valueᵀ), causal
//
// read_on() reads the next places, x [new, features], of a sequence whose earlier ones are in the cache (there is none
// at first: cache.keys.defined() is false then). It gives the contexts of the new places, equal to those of whole(),
// and the cache with their keys and values. There may be one new place or several, and each sees itself, what is in the
// cache, and those new ones that stand before it. sinusoidal_positions(count, features, from, dtype) gives positions,
// concat({a, b}, 0) puts one below the other. attend with {.causal = true} lets the last query see all keys.
#pragma once
#include "examples/exercises/cache/layer.h"
#include "glance/glance.h"

using namespace glance;

inline Reading read_on(const SelfAttention& layer, const Variable& x, const Cache& cache) {
  throw Error("not written yet");
}
