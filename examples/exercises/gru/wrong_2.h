// check says: r multiplied the state before the product with W_hn
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable gru_step(const Variable& x, const Variable& hidden, const RecurrentWeights& weights) {
  const auto from_x = chunk(linear(x, weights.weight_ih, weights.bias_ih), 3, -1);
  const auto from_h = chunk(linear(hidden, weights.weight_hh, weights.bias_hh), 3, -1);
  const Variable reset = sigmoid(from_x[0] + from_h[0]), keep = sigmoid(from_x[1] + from_h[1]);
  const auto looked_at = chunk(linear(reset * hidden, weights.weight_hh, weights.bias_hh), 3, -1);
  const Variable fresh = tanh(from_x[2] + looked_at[2]);
  return (1.0 - keep) * fresh + keep * hidden;
}
