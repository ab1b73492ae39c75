#pragma once

#include <string>
#include <vector>

#include "glance/autograd/recurrent.h"
#include "glance/nn/batch.h"
#include "glance/tensor/random.h"

namespace glance {

// Of an LSTM or an RNN.
struct RecurrentOptions {
  int layers = 1;  // stacked: each reads the outputs of the one below
  bool bias = true;
  double dropout = 0;  // on the outputs of every layer but the last, while training
  double forget_bias =
      0;  // LSTM: added to the forget gate's bias_ih, so that cells remember from the start (1 is common)
  DType dtype = f32;
};

// A stack of LSTM layers (Hochreiter and Schmidhuber, 1997), with PyTorch's names: weight_ih_l0, weight_hh_l0,
// bias_ih_l0, …
struct LSTM {
  std::vector<RecurrentWeights> layers;
  double dropout;

  // Starts uniform in ±1/√hidden, as PyTorch's, plus the forget bias. Error when `in`, `hidden` or the layers are below
  // 1, and for a forget bias without bias.
  LSTM(Index in, Index hidden, Generator& generator, const RecurrentOptions& options = {});

  // What goes from one step to the next.
  struct State {
    std::vector<LstmState> layers;  // one a layer, the first lowest; empty: zeros

    static void visit(auto& self, auto&& f) { f("layers", self.layers); }
  };

  // What a whole batch of sequences gives.
  struct Output {
    Variable output;  // [batch, time, hidden], of the last layer
    State state;      // after each sequence's own last step
  };

  // x [batch, time, in]. `noise` as in Dropout. Error when shapes, dtypes or lengths do not fit, or the state has
  // another number of layers.
  Output operator()(const Variable& x, const State& state = {}, const Lengths& lengths = {},
                    Generator* noise = nullptr) const;

  // One step, with the same weights: x [batch, in]. Its output is the last layer's hidden state. Error as above.
  State step(const Variable& x, const State& state, Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f);
};

// A stack of plain recurrent layers (Elman, 1990), with PyTorch's names.
struct RNN {
  std::vector<RecurrentWeights> layers;
  double dropout;
  Nonlinearity nonlinearity;

  // Starts uniform in ±1/√hidden, as PyTorch's. Error when `in`, `hidden` or the layers are below 1, and for a forget
  // bias: there is no such gate.
  RNN(Index in, Index hidden, Generator& generator, const RecurrentOptions& options = {},
      Nonlinearity phi = Nonlinearity::tanh);

  // What goes from one step to the next.
  struct State {
    std::vector<Variable> layers;  // [batch, hidden], one a layer, the first lowest; empty: zeros
  };

  // What a whole batch of sequences gives.
  struct Output {
    Variable output;  // [batch, time, hidden], of the last layer
    State state;      // after each sequence's own last step
  };

  // x [batch, time, in]. `noise` as in Dropout. Error when shapes, dtypes or lengths do not fit, or the state has
  // another number of layers.
  Output operator()(const Variable& x, const State& state = {}, const Lengths& lengths = {},
                    Generator* noise = nullptr) const;

  // One step, with the same weights: x [batch, in]. Its output is the last layer's hidden state. Error as above.
  State step(const Variable& x, const State& state, Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f);
};

namespace detail {

void visit_recurrent(auto& layers, auto&& f) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string layer = "_l" + std::to_string(i);
    f("weight_ih" + layer, layers[i].weight_ih);
    f("weight_hh" + layer, layers[i].weight_hh);
    f("bias_ih" + layer, layers[i].bias_ih);
    f("bias_hh" + layer, layers[i].bias_hh);
  }
}

}  // namespace detail

void LSTM::visit(auto& self, auto&& f) { detail::visit_recurrent(self.layers, f); }
void RNN::visit(auto& self, auto&& f) { detail::visit_recurrent(self.layers, f); }

}  // namespace glance
