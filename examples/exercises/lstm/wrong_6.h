// check says: the cell was written anew: what the forget gate keeps of the old one is missing
#pragma once
#include "glance/glance.h"

using namespace glance;

inline RecurrentState lstm_step(const Variable& x, const RecurrentState& state, const RecurrentWeights& weights) {
  const Variable gates =
      linear(x, weights.weight_ih, weights.bias_ih) + linear(state.hidden, weights.weight_hh, weights.bias_hh);
  const auto part = chunk(gates, 4, -1);
  const Variable input = sigmoid(part[0]), fresh = tanh(part[2]), output = sigmoid(part[3]);
  const Variable cell = input * fresh;
  return {output * tanh(cell), cell};
}
