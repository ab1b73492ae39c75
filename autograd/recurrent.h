#pragma once

#include "glance/autograd/variable.h"
#include "glance/tensor/kernels/rnn.h"

// Recurrent layers over whole batches of sequences, batch first, in PyTorch's layout. `lengths` is i64 [batch] and says
// where each sequence ends (undefined: all are full): its output is zero from there on, and its final state is the one
// at its own end. All of one dtype, f32 or f64. Error when shapes or dtypes do not fit; of the fused ones also for a
// length below 0 or over `time`.
namespace glance {

// The parameters of one layer: gates hidden in the order i, f, g, o for an LSTM, a single block for an RNN.
struct RecurrentWeights {
  Variable weight_ih;         // [gates · hidden, in]
  Variable weight_hh;         // [gates · hidden, hidden]
  Variable bias_ih, bias_hh;  // [gates · hidden] each; undefined: zeros
};

// What an LSTM keeps from step to step.
struct LstmState {
  Variable hidden, cell;  // [batch, hidden] each; undefined: zeros

  static void visit(auto& self, auto&& f) {
    f("hidden", self.hidden);
    f("cell", self.cell);
  }
};

// What an LSTM gives.
struct LstmOutput {
  Variable output;  // [batch, time, hidden]
  LstmState state;  // after each sequence's own last step
};

// Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gates: Gers, Schmidhuber and Cummins, 2000) over x
// [batch, time, in]. Fused.
LstmOutput lstm(const Variable& x, const RecurrentWeights& weights, const LstmState& state = {},
                const Tensor& lengths = {});

// One step over x [batch, in]. Fused.
LstmState lstm_cell(const Variable& x, const RecurrentWeights& weights, const LstmState& state = {});

// What lstm() and lstm_cell() are, in public operations.
LstmOutput composed_lstm(const Variable& x, const RecurrentWeights& weights, const LstmState& state = {},
                         const Tensor& lengths = {});
LstmState composed_lstm_cell(const Variable& x, const RecurrentWeights& weights, const LstmState& state = {});

// What a plain recurrent network gives.
struct RnnOutput {
  Variable output;  // [batch, time, hidden]
  Variable hidden;  // [batch, hidden], after each sequence's own last step
};

// The plain recurrent network (Elman, 1990), h' = φ(x W_ihᵀ + b_ih + h W_hhᵀ + b_hh), over x [batch, time, in]. Fused.
RnnOutput rnn(const Variable& x, const RecurrentWeights& weights, Nonlinearity nonlinearity,
              const Variable& hidden = {}, const Tensor& lengths = {});

// What rnn() is, in public operations, and one step of it.
RnnOutput composed_rnn(const Variable& x, const RecurrentWeights& weights, Nonlinearity nonlinearity,
                       const Variable& hidden = {}, const Tensor& lengths = {});
Variable rnn_cell(const Variable& x, const RecurrentWeights& weights, Nonlinearity nonlinearity,
                  const Variable& hidden = {});

}  // namespace glance
