// lstm: one step, with three gates and a cell
//
// An LSTM reads a word x and its state, and gives the new state. One product gives what three gates and the new numbers
// are made of:
//
//   gates = x · weight_ihᵀ + bias_ih + hidden · weight_hhᵀ + bias_hh        [batch, 4 hidden]
//
// cut along the last dimension into i, f, g and o, in this order:
//
//   cell   ← sigmoid(f) · cell + sigmoid(i) · tanh(g)
//   hidden ← sigmoid(o) · tanh(cell)
//
// x is [batch, in], state.hidden and state.cell are [batch, hidden]; weights has the members that the formula names, as
// PyTorch lays them out, weight_ih [4 hidden, in]. linear(x, weight, bias) is x · weightᵀ + bias, chunk(x, 4, -1) cuts
// into four.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline RecurrentState lstm_step(const Variable& x, const RecurrentState& state, const RecurrentWeights& weights) {
  throw Error("not written yet");
}
