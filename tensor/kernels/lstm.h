#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// Long short-term memory (Hochreiter & Schmidhuber 1997; with forget gates, Gers, Schmidhuber & Cummins 2000), one
// layer over whole sequences, in PyTorch's layout:
//
//   [i f g o] = x W_ihᵀ + b_ih + h W_hhᵀ + b_hh         pre-activations of the four gates
//   c' = σ(f) c + σ(i) tanh(g)                          the cell forgets and takes in
//   h' = σ(o) tanh(c')                                  the hidden state is what it shows
//
// All tensors are of one floating dtype, f32 or f64.
namespace glance {

// The sequences, the weights of the layer and the states it starts from.
struct LstmArguments {
  Tensor x;                 // [batch, time, in]
  Tensor weight_ih;         // [4 hidden, in], gates in the order i, f, g, o
  Tensor weight_hh;         // [4 hidden, hidden]
  Tensor bias_ih, bias_hh;  // [4 hidden] each; undefined: zeros
  Tensor hidden, cell;      // [batch, hidden] each, the states to start from; undefined: zeros
  Tensor lengths;           // i64 [batch], from 0 to time in any order; undefined: every row is full
  bool reverse = false;     // read each row from its own last step to its first
};

// What the backward pass needs of the forward one, without the pads: one row for each step of each sequence.
struct LstmSaved {
  Tensor gates;     // [steps, 4 hidden], after σ and tanh
  Tensor cells;     // [steps, hidden], c'
  Tensor previous;  // [steps, hidden], h
};

// The hidden state after each step, both states after the last, and what the derivative needs.
struct LstmResult {
  Tensor output;        // [batch, time, hidden], zeros at pads
  Tensor hidden, cell;  // [batch, hidden] each, after each row's own last step
  LstmSaved saved;
};

// Error when shapes, dtypes or lengths do not fit.
LstmResult lstm_forward(const LstmArguments& arguments);

// dL/d of each result of the forward pass; undefined: zeros.
struct LstmGradients {
  Tensor output, hidden, cell;
};

// Where the gradients go, each of the shape of its argument.
struct LstmDestinations {
  Destination x, weight_ih, weight_hh, bias_ih, bias_hh, hidden, cell;
};

// Puts dL/d of the arguments where they are wanted. bias_ih and bias_hh have the same gradient. Error when shapes or
// dtypes do not fit.
void lstm_backward(const LstmArguments& arguments, const LstmSaved& saved, const LstmGradients& gradients,
                   const LstmDestinations& destinations);

// The states after one step, and what its derivative needs.
struct LstmCellResult {
  Tensor hidden, cell;  // [batch, hidden] each
  Tensor gates;         // [batch, 4 hidden], after σ and tanh, for the backward pass
};

// One step: x is [batch, in], and `lengths` and `reverse` are left alone. Error when shapes or dtypes do not fit.
LstmCellResult lstm_cell_forward(const LstmArguments& arguments);

// As lstm_backward, of one step. `gates` and `cell` are the forward pass's; the gradients of its hidden and cell may
// each be undefined: zeros.
void lstm_cell_backward(const LstmArguments& arguments, const Tensor& gates, const Tensor& cell, const Tensor& d_hidden,
                        const Tensor& d_cell, const LstmDestinations& destinations);

}  // namespace glance
