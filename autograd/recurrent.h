#pragma once

#include "glance/autograd/variable.h"
#include "glance/tensor/kernels/recurrent.h"

// Recurrent layers over whole batches of sequences, batch first, in PyTorch's layout, and single steps of them. All
// tensors are of one dtype, f32 or f64.
namespace glance {

// The parameters of one layer in one direction. The gates of an LSTM stand in the order i, f, g, o, those of a GRU in
// the order r, z, n; a plain network has a single block.
struct RecurrentWeights {
  Variable weight_ih;         // [gates hidden, in]
  Variable weight_hh;         // [gates hidden, hidden]
  Variable bias_ih, bias_hh;  // [gates hidden] each; undefined: zeros
};

// What a layer keeps from step to step, whatever its cell.
struct RecurrentState {
  Variable hidden;  // [batch, hidden]; undefined: zeros
  Variable cell;    // [batch, hidden]; undefined: zeros. Of an LSTM only

  static void visit(auto& self, auto&& f) {
    f("hidden", self.hidden);
    f("cell", self.cell);
  }
};

// The result of a layer over whole sequences.
struct RecurrentOutput {
  Variable output;       // [batch, time, hidden], the hidden state after each step; zeros at pads
  RecurrentState state;  // after each sequence's own last step
};

// A layer with this kind of cell over x [batch, time, in]. `lengths` is i64 [batch] and says where each sequence ends;
// undefined: all are full. In reverse each sequence is read from its own last step, and its final state is the one at
// its first. Fused. Error when shapes or dtypes do not fit, and for a length below 0 or over `time`.
RecurrentOutput recurrent(CellKind kind, const Variable& x, const RecurrentWeights& weights,
                          const RecurrentState& state = {}, const Tensor& lengths = {},
                          Direction direction = Direction::forward);

// One step of it, over x [batch, in]. Fused. Error when shapes or dtypes do not fit.
RecurrentState recurrent_step(CellKind kind, const Variable& x, const RecurrentWeights& weights,
                              const RecurrentState& state = {});

// What recurrent() is, in public operations.
RecurrentOutput composed_recurrent(CellKind kind, const Variable& x, const RecurrentWeights& weights,
                                   const RecurrentState& state = {}, const Tensor& lengths = {},
                                   Direction direction = Direction::forward);

// What recurrent_step() is, in public operations: the formulas of the cells.
RecurrentState composed_recurrent_step(CellKind kind, const Variable& x, const RecurrentWeights& weights,
                                       const RecurrentState& state = {});

// Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gates: Gers, Schmidhuber and Cummins, 2000), as
// recurrent().
inline RecurrentOutput lstm(const Variable& x, const RecurrentWeights& weights, const RecurrentState& state = {},
                            const Tensor& lengths = {}, Direction direction = Direction::forward) {
  return recurrent(CellKind::lstm, x, weights, state, lengths, direction);
}

// One step of lstm() over x [batch, in].
inline RecurrentState lstm_cell(const Variable& x, const RecurrentWeights& weights, const RecurrentState& state = {}) {
  return recurrent_step(CellKind::lstm, x, weights, state);
}

// The gated recurrent unit (Cho et al., 2014), as recurrent(). As in PyTorch, the reset gate is applied after the
// product with the hidden state: n = tanh(x W_inᵀ + b_in + r (h W_hnᵀ + b_hn)).
inline RecurrentOutput gru(const Variable& x, const RecurrentWeights& weights, const RecurrentState& state = {},
                           const Tensor& lengths = {}, Direction direction = Direction::forward) {
  return recurrent(CellKind::gru, x, weights, state, lengths, direction);
}

// One step of gru() over x [batch, in].
inline RecurrentState gru_cell(const Variable& x, const RecurrentWeights& weights, const RecurrentState& state = {}) {
  return recurrent_step(CellKind::gru, x, weights, state);
}

// The kind of cell of a plain recurrent network with this function.
inline CellKind rnn_kind(Nonlinearity nonlinearity) {
  return nonlinearity == Nonlinearity::tanh ? CellKind::rnn : CellKind::rnn_relu;
}

// The plain recurrent network (Elman, 1990), h' = φ(x W_ihᵀ + b_ih + h W_hhᵀ + b_hh), as recurrent().
inline RecurrentOutput rnn(const Variable& x, const RecurrentWeights& weights, Nonlinearity nonlinearity,
                           const RecurrentState& state = {}, const Tensor& lengths = {},
                           Direction direction = Direction::forward) {
  return recurrent(rnn_kind(nonlinearity), x, weights, state, lengths, direction);
}

// One step of rnn() over x [batch, in].
inline RecurrentState rnn_cell(const Variable& x, const RecurrentWeights& weights, Nonlinearity nonlinearity,
                               const RecurrentState& state = {}) {
  return recurrent_step(rnn_kind(nonlinearity), x, weights, state);
}

}  // namespace glance
