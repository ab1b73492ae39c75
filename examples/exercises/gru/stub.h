// gru: one step, with two gates
//
// A GRU has no cell. A gate r says how much of the old state is looked at for what is new, and a gate z how much of the
// old state is kept:
//
//   r = sigmoid(x W_irᵀ + b_ir + hidden W_hrᵀ + b_hr)
//   z = sigmoid(x W_izᵀ + b_iz + hidden W_hzᵀ + b_hz)
//   n = tanh(x W_inᵀ + b_in + r · (hidden W_hnᵀ + b_hn))
//   hidden ← (1 − z) · n + z · hidden
//
// x is [batch, in], hidden [batch, hidden]. weights.weight_ih [3 hidden, in] has W_ir, W_iz and W_in below each other,
// in this order, and so have weight_hh, bias_ih and bias_hh: linear(x, weights.weight_ih, weights.bias_ih) gives what
// comes from x to all three, side by side, and chunk(y, 3, -1) cuts it into three.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable gru_step(const Variable& x, const Variable& hidden, const RecurrentWeights& weights) {
  throw Error("not written yet");
}
