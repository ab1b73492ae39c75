// check says: the gates were taken in the order i, f, o, g
#pragma once
#include "glance/glance.h"

using namespace glance;

inline RecurrentState lstm_step(const Variable& x, const RecurrentState& state, const RecurrentWeights& weights) {
  const Variable gates =
      linear(x, weights.weight_ih, weights.bias_ih) + linear(state.hidden, weights.weight_hh, weights.bias_hh);
  const auto part = chunk(gates, 4, -1);
  const Variable cell = sigmoid(part[1]) * state.cell + sigmoid(part[0]) * tanh(part[3]);
  return {sigmoid(part[2]) * tanh(cell), cell};
}
