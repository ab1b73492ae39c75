#pragma once

#include <string>
#include <vector>

#include "glance/autograd/recurrent.h"
#include "glance/nn/batch.h"
#include "glance/tensor/moved.h"
#include "glance/tensor/random.h"

// Stacks of recurrent layers: LSTM, GRU and RNN, and one whose cell is chosen at run time.
namespace glance {

// Options of a stack of recurrent layers.
struct RecurrentOptions {
  int layers = 1;  // each reads the outputs of the one below
  bool bias = true;
  double dropout = 0;          // on the outputs of every layer but the last, while training
  bool bidirectional = false;  // each layer also reads from the end, with weights of its own, and gives both outputs
  double forget_bias = 0;      // LSTM: added to the forget gate's bias_ih, so that cells remember from the start; 1 is
                               // common
  DType dtype = f32;
};

// What a stack of recurrent layers keeps from one step to the next.
struct RecurrentStates {
  std::vector<RecurrentState> layers;  // one for each of the stack's `layers`, in their order; empty: zeros
  detail::MovedMark moved = {};        // whether they went elsewhere

  static void visit(auto& self, auto&& f) {
    self.moved.check("recurrent state");
    f("layers", self.layers);
  }
};

// A stack of recurrent layers with the cell that it is made with. Parameters have PyTorch's names: weight_ih_l0,
// weight_hh_l0, bias_ih_l0, bias_hh_l0, then weight_ih_l0_reverse, … where there are two directions, then
// weight_ih_l1, ….
struct RecurrentStack {
  CellKind cell;
  std::vector<RecurrentWeights> layers;  // the lowest first; with two directions: layer 0, layer 0 reverse, layer 1, …
  double dropout;
  bool bidirectional;
  detail::MovedMark moved;  // whether the layers went elsewhere

  // Starts uniform in ±1/√hidden, as PyTorch's, plus the forget bias. Error when `in`, `hidden` or the layers are below
  // 1, for a forget bias without bias, and for one of a cell that is no LSTM.
  RecurrentStack(CellKind cell, Index in, Index hidden, Generator& generator, const RecurrentOptions& options = {});

  // What goes from one step to the next.
  using State = RecurrentStates;

  // What a whole batch of sequences gives.
  struct Output {
    Variable output;  // [batch, time, hidden] of the last layer; with two directions [batch, time, 2 hidden], forward
                      // first
    State state;      // after each sequence's own last step; in reverse, that is its first
  };

  // x [batch, time, in]. `noise` as in Dropout. Error when shapes, dtypes or lengths do not fit, or the state has
  // another number of layers.
  Output operator()(const Variable& x, const State& state = {}, const Lengths& lengths = {},
                    Generator* noise = nullptr) const;

  // One step, with the same weights: x [batch, in]. Its output is the last layer's hidden state. Error as above, and
  // with two directions, since one of them starts at the end.
  State step(const Variable& x, const State& state, Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) {
    self.moved.check("recurrent layers");
    for (std::size_t i = 0; i < self.layers.size(); ++i) {
      const std::string layer =
          self.bidirectional ? "_l" + std::to_string(i / 2) + (i % 2 == 1 ? "_reverse" : "") : "_l" + std::to_string(i);
      f("weight_ih" + layer, self.layers[i].weight_ih);
      f("weight_hh" + layer, self.layers[i].weight_hh);
      f("bias_ih" + layer, self.layers[i].bias_ih);
      f("bias_hh" + layer, self.layers[i].bias_hh);
    }
  }
};

// Names for stacks whose cell is known when the program is written. Only their constructors are their own.

// Long short-term memory (Hochreiter and Schmidhuber, 1997).
struct LSTM : RecurrentStack {
  LSTM(Index in, Index hidden, Generator& generator, const RecurrentOptions& options = {})
      : RecurrentStack(CellKind::lstm, in, hidden, generator, options) {}
};

// Gated recurrent units (Cho et al., 2014).
struct GRU : RecurrentStack {
  GRU(Index in, Index hidden, Generator& generator, const RecurrentOptions& options = {})
      : RecurrentStack(CellKind::gru, in, hidden, generator, options) {}
};

// Plain recurrent layers (Elman, 1990), with tanh or relu.
struct RNN : RecurrentStack {
  RNN(Index in, Index hidden, Generator& generator, const RecurrentOptions& options = {},
      Nonlinearity nonlinearity = Nonlinearity::tanh)
      : RecurrentStack(rnn_kind(nonlinearity), in, hidden, generator, options) {}
};

}  // namespace glance
