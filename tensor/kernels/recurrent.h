#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// Recurrent layers over whole sequences, and single steps of them. What differs between them, the cell, is in
// tensor/kernels/recurrent_cells.h; what is here is the same for all: sequences of unequal lengths, the direction, and
// the gradients. Layouts are PyTorch's. All tensors are of one floating dtype, f32 or f64.
namespace glance {

// Which cell a recurrent layer repeats. The numbers stand in files.
enum class CellKind {
  lstm = 0,      // long short-term memory
  rnn = 1,       // the plain network, with tanh
  gru = 2,       // gated recurrent unit
  rnn_relu = 3,  // the plain network, with relu
};

// The function of a plain recurrent network.
enum class Nonlinearity { tanh, relu };

// Which way a layer reads each sequence: from its first step, or from its own last one.
enum class Direction { forward, reverse };

// The properties of a kind of cell.
struct CellDescription {
  const char* name;       // "lstm", as PyTorch calls the operation over sequences
  const char* step_name;  // "lstm_cell", the operation of one step
  const char* layer;      // "LSTM", the layer that repeats it
  Index gates;            // blocks of `hidden` rows in the weights
  bool has_cell;          // whether its state has a cell beside the hidden state
};

// Error for a value that is none of the enumeration's.
CellDescription describe(CellKind kind);

// A value for each thing that a recurrent layer takes: the tensors themselves, their shapes, or where their gradients
// go.
template <class T>
struct RecurrentInputs {
  T x;                 // [batch, time, in], or [batch, in] for a step
  T weight_ih;         // [gates hidden, in]
  T weight_hh;         // [gates hidden, hidden]
  T bias_ih, bias_hh;  // [gates hidden] each; undefined: zeros
  T hidden, cell;      // [batch, hidden] each, the state to start from; undefined: zeros. No cell where there is none
};

// How a layer reads the sequences.
struct Scan {
  Tensor lengths = {};  // i64 [batch], from 0 to time in any order; undefined: every row is full
  Direction direction = Direction::forward;
  bool one_step = false;  // x is one step, [batch, in], and there is no `output`
};

// What the backward pass needs of the forward one, without the pads: one row for each step of each sequence.
struct RecurrentSaved {
  Tensor gates;     // [steps, gates hidden], after the nonlinearities
  Tensor cells;     // [steps, hidden], the new cells; undefined for a cell without
  Tensor previous;  // [steps, hidden], the hidden states before each step; undefined for a single step
  Tensor products;  // [steps, hidden], what the cell keeps of h W_hhᵀ + b_hh; undefined when it keeps nothing
};

// The result of a recurrent layer: the hidden state after each step, the state after the last, and what the derivative
// needs.
struct RecurrentResult {
  Tensor output;        // [batch, time, hidden], zeros at pads; undefined for a single step
  Tensor hidden, cell;  // [batch, hidden] each, after each row's own last step; no cell where there is none
  RecurrentSaved saved;
};

// dL/d of each result of the forward pass; undefined: zeros.
struct RecurrentGradients {
  Tensor output, hidden, cell;
};

// A layer over sequences, or one step of it, whose `saved.cells` are the result's `cell` itself. Error when shapes,
// dtypes or lengths do not fit.
RecurrentResult recurrent_forward(CellKind kind, const RecurrentInputs<Tensor>& inputs, const Scan& scan);

// Puts dL/d of the inputs where they are wanted. Error when shapes or dtypes do not fit.
void recurrent_backward(CellKind kind, const RecurrentInputs<Tensor>& inputs, const Scan& scan,
                        const RecurrentSaved& saved, const RecurrentGradients& gradients,
                        const RecurrentInputs<Destination>& destinations);

}  // namespace glance
