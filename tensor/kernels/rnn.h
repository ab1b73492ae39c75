#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// The plain recurrent network (Elman 1990), one layer over whole sequences, in PyTorch's layout:
//
//   h' = φ(x W_ihᵀ + b_ih + h W_hhᵀ + b_hh)             φ is tanh or relu
//
// All tensors are of one floating dtype, f32 or f64. A single step is a sequence of one.
namespace glance {

// The φ of a recurrent network.
enum class Nonlinearity { tanh, relu };

// The sequences, the weights of the layer and the state it starts from.
struct RnnArguments {
  Tensor x;                 // [batch, time, in]
  Tensor weight_ih;         // [hidden, in]
  Tensor weight_hh;         // [hidden, hidden]
  Tensor bias_ih, bias_hh;  // [hidden] each; undefined: zeros
  Tensor hidden;            // [batch, hidden], the state to start from; undefined: zeros
  Tensor lengths;           // i64 [batch], from 0 to time in any order; undefined: every row is full
  Nonlinearity nonlinearity = Nonlinearity::tanh;
  bool reverse = false;  // read each row from its own last step to its first
};

// What the backward pass needs of the forward one, without the pads: one row for each step of each sequence.
struct RnnSaved {
  Tensor states;    // [steps, hidden], h'
  Tensor previous;  // [steps, hidden], h
};

// The hidden state after each step and after the last, and what the derivative needs.
struct RnnResult {
  Tensor output;  // [batch, time, hidden], zeros at pads
  Tensor hidden;  // [batch, hidden], after each row's own last step
  RnnSaved saved;
};

// Error when shapes, dtypes or lengths do not fit.
RnnResult rnn_forward(const RnnArguments& arguments);

// dL/d of each result of the forward pass; undefined: zeros.
struct RnnGradients {
  Tensor output, hidden;
};

// Where the gradients go, each of the shape of its argument.
struct RnnDestinations {
  Destination x, weight_ih, weight_hh, bias_ih, bias_hh, hidden;
};

// Puts dL/d of the arguments where they are wanted. bias_ih and bias_hh have the same gradient. Error when shapes or
// dtypes do not fit.
void rnn_backward(const RnnArguments& arguments, const RnnSaved& saved, const RnnGradients& gradients,
                  const RnnDestinations& destinations);

}  // namespace glance
