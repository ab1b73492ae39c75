// lstm_gradient: derive one step back in time
//
// One step of an LSTM, from what its gates are made of. `gates` holds i, f, g and o side by side, before their
// sigmoids and the tanh:
//
//   new cell   = sigmoid(f) · cell + sigmoid(i) · tanh(g)
//   new hidden = sigmoid(o) · tanh(new cell)
//
// Two gradients come in: grad_hidden, that of the new hidden state, and grad_cell, that of the new cell, which the next
// step carries back. Derive what goes out: the gradient of `gates`, in the same order, and that of `cell`, which the
// step before will be given. Mind that the new cell is used twice: it leaves the step, and the new hidden state is made
// of it.
//
// gates is [batch, 4 hidden], all others are [batch, hidden]. For y = sigmoid(x) the slope is y (1 − y), for y =
// tanh(x) it is 1 − y². chunk(x, 4, -1) cuts into four, concat({a, b, c, d}, -1) puts together. By hand: no grad().
#pragma once
#include "glance/glance.h"

using namespace glance;

struct LstmGradient {
  Tensor gates, cell;
};

inline LstmGradient lstm_gradient(const Tensor& gates, const Tensor& cell, const Tensor& grad_hidden,
                                  const Tensor& grad_cell) {
  throw Error("not written yet");
}
