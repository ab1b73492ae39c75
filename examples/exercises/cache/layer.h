// cache: the layer that is to be read a part at a time.
#pragma once
#include "glance/glance.h"

// Self-attention with positions, in which each place sees itself and the places before it.
struct SelfAttention {
  glance::Variable query, key, value;  // [features, features]
};

// Keys and values of the places that were read, [places, features] each; undefined before the first.
struct Cache {
  glance::Variable keys, values;
};

// What one reading gives: the contexts of the new places, and the cache with them in it.
struct Reading {
  glance::Variable context;  // [new places, features]
  Cache cache;
};

// The whole sequence at once, x [places, features] -> contexts [places, features].
inline glance::Variable whole(const SelfAttention& layer, const glance::Variable& x) {
  using namespace glance;
  const Variable placed = x + sinusoidal_positions(x.shape(0), x.shape(1), 0, x.dtype());
  return attend(linear(placed, layer.query), linear(placed, layer.key), linear(placed, layer.value), {.causal = true})
      .context;
}
