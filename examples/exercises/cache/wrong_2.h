// check says: a new place saw a newer one
#pragma once
#include "examples/exercises/cache/layer.h"
#include "glance/glance.h"

using namespace glance;

inline Reading read_on(const SelfAttention& layer, const Variable& x, const Cache& cache) {
  const Index from = cache.keys.defined() ? cache.keys.shape(0) : 0;
  const Variable placed = x + sinusoidal_positions(x.shape(0), x.shape(1), from, x.dtype());
  Variable keys = linear(placed, layer.key), values = linear(placed, layer.value);
  if (cache.keys.defined()) {
    keys = concat({cache.keys, keys}, 0);
    values = concat({cache.values, values}, 0);
  }
  return {attend(linear(placed, layer.query), keys, values).context, {keys, values}};
}
