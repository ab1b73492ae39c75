#pragma once

#include "glance/tensor/kernels/recurrent.h"
#include "glance/tensor/vector_math.h"

// The cells of recurrent layers: all that differs between an LSTM, a GRU and a plain network. A cell is two functions
// of one row, forward and backward, and a few constants; tensor/kernels/recurrent.cpp does the rest.
//
// The loops stand in functions whose parameters are the pointers, because gcc believes __restrict of parameters only,
// and without it makes no vectors of them.
namespace glance::detail {

// One row of one step. A gate is `hidden` numbers.
template <class T>
struct CellRow {
  Index hidden;
  T* gates;           // x W_ihᵀ + h W_hhᵀ, or x W_ihᵀ alone for a cell with separate products; becomes the gates
  const T* products;  // h W_hhᵀ, for a cell with separate products
  T* kept;            // [hidden], what such a cell keeps of them
  const T* bias;      // b_ih + b_hh, or b_ih alone for a cell with separate products
  const T* bias_hh;   // b_hh, for a cell with separate products
  const T* previous_hidden;  // h
  const T* previous_cell;    // c, for a cell that has it
  T *next_hidden, *next_cell;

  T* gate(Index i) const { return gates + i * hidden; }
};

// The derivative of one row.
template <class T>
struct CellRowGradient {
  Index hidden;
  const T *gates, *kept, *previous_hidden, *previous_cell, *next_cell;  // as the forward pass had or left them
  const T* d_output;                                                    // dL/dh' through the output
  T* d_hidden;    // dL/dh' through later steps; a cell with separate products leaves here dL/dh past W_hh
  T* d_cell;      // dL/dc', becomes dL/dc
  T* d_gates;     // becomes dL/d(x W_ihᵀ)
  T* d_products;  // becomes dL/d(h W_hhᵀ), for a cell with separate products

  const T* gate(Index i) const { return gates + i * hidden; }
  T* d_gate(Index i) const { return d_gates + i * hidden; }
};

// The plain recurrent network (Elman, 1990): h' = φ(x W_ihᵀ + b_ih + h W_hhᵀ + b_hh).
template <Nonlinearity nonlinearity>
struct ElmanCell {
  static constexpr CellDescription description{"rnn", "rnn_cell", "RNN", 1, false};
  static constexpr bool separate_products = false;

  template <class T>
  static void activate(Index hidden, T* __restrict gate, const T* __restrict bias, T* __restrict next_hidden) {
    for (Index j = 0; j < hidden; ++j) {
      const T z = gate[j] + bias[j];
      if constexpr (nonlinearity == Nonlinearity::tanh)
        gate[j] = next_hidden[j] = vector_math::tanh(z);
      else
        gate[j] = next_hidden[j] = z < 0 ? T{0} : z;  // NaN stays
    }
  }
  // φ' in terms of h': 1 - h'² for tanh, and for relu 1 where h' > 0.
  template <class T>
  static void activate_backward(Index hidden, const T* __restrict next, const T* __restrict d_output,
                                const T* __restrict d_hidden, T* __restrict d_gate) {
    for (Index j = 0; j < hidden; ++j) {
      const T d = d_output[j] + d_hidden[j];
      if constexpr (nonlinearity == Nonlinearity::tanh)
        d_gate[j] = d * (1 - next[j] * next[j]);
      else
        d_gate[j] = next[j] > 0 ? d : T{0};
    }
  }

  template <class T>
  static void forward(const CellRow<T>& row) {
    activate(row.hidden, row.gates, row.bias, row.next_hidden);
  }
  template <class T>
  static void backward(const CellRowGradient<T>& row) {
    activate_backward(row.hidden, row.gates, row.d_output, row.d_hidden, row.d_gates);
  }
};

// Long short-term memory (Hochreiter and Schmidhuber, 1997; with forget gates, Gers, Schmidhuber and Cummins, 2000):
//
//   [i f g o] = x W_ihᵀ + b_ih + h W_hhᵀ + b_hh         pre-activations of the four gates
//   c' = σ(f) c + σ(i) tanh(g)                          the cell forgets and takes in
//   h' = σ(o) tanh(c')                                  the hidden state is what it shows
struct LstmCell {
  static constexpr CellDescription description{"lstm", "lstm_cell", "LSTM", 4, true};
  static constexpr bool separate_products = false;

  template <class T>
  static void activate(Index hidden, T* __restrict input, T* __restrict forget, T* __restrict candidate,
                       T* __restrict output, const T* __restrict bias, const T* __restrict cell,
                       T* __restrict next_cell, T* __restrict next_hidden) {
    for (Index j = 0; j < hidden; ++j) {
      const T i = vector_math::sigmoid(input[j] + bias[j]);
      const T f = vector_math::sigmoid(forget[j] + bias[hidden + j]);
      const T g = vector_math::tanh(candidate[j] + bias[2 * hidden + j]);
      const T o = vector_math::sigmoid(output[j] + bias[3 * hidden + j]);
      const T c = f * cell[j] + i * g;
      input[j] = i;
      forget[j] = f;
      candidate[j] = g;
      output[j] = o;
      next_cell[j] = c;
      next_hidden[j] = o * vector_math::tanh(c);
    }
  }
  template <class T>
  static void activate_backward(Index hidden, const T* __restrict input, const T* __restrict forget,
                                const T* __restrict candidate, const T* __restrict output, const T* __restrict cell,
                                const T* __restrict next_cell, const T* __restrict d_shown,
                                const T* __restrict d_carried, T* __restrict d_cell, T* __restrict d_input,
                                T* __restrict d_forget, T* __restrict d_candidate, T* __restrict d_output) {
    for (Index j = 0; j < hidden; ++j) {
      const T i = input[j], f = forget[j], g = candidate[j], o = output[j];
      const T d_h = d_shown[j] + d_carried[j];
      const T tanh_c = vector_math::tanh(next_cell[j]);
      const T d_c = d_cell[j] + d_h * o * (1 - tanh_c * tanh_c);
      d_input[j] = d_c * g * i * (1 - i);
      d_forget[j] = d_c * cell[j] * f * (1 - f);
      d_candidate[j] = d_c * i * (1 - g * g);
      d_output[j] = d_h * tanh_c * o * (1 - o);
      d_cell[j] = d_c * f;
    }
  }

  template <class T>
  static void forward(const CellRow<T>& row) {
    activate(row.hidden, row.gate(0), row.gate(1), row.gate(2), row.gate(3), row.bias, row.previous_cell, row.next_cell,
             row.next_hidden);
  }
  template <class T>
  static void backward(const CellRowGradient<T>& row) {
    activate_backward(row.hidden, row.gate(0), row.gate(1), row.gate(2), row.gate(3), row.previous_cell, row.next_cell,
                      row.d_output, row.d_hidden, row.d_cell, row.d_gate(0), row.d_gate(1), row.d_gate(2),
                      row.d_gate(3));
  }
};

// The gated recurrent unit (Cho et al., 2014), as PyTorch has it: the reset gate is applied after the product.
//
//   r = σ(x W_irᵀ + b_ir + h W_hrᵀ + b_hr)              reset: how much of h the candidate sees
//   z = σ(x W_izᵀ + b_iz + h W_hzᵀ + b_hz)              update: how much of h stays
//   n = tanh(x W_inᵀ + b_in + r (h W_hnᵀ + b_hn))       the candidate
//   h' = (1 - z) n + z h
struct GruCell {
  static constexpr CellDescription description{"gru", "gru_cell", "GRU", 3, false};
  static constexpr bool separate_products = true;  // r is between the two products of n

  template <class T>
  static void activate(Index hidden, T* __restrict reset, T* __restrict update, T* __restrict candidate,
                       const T* __restrict products, const T* __restrict bias, const T* __restrict bias_hh,
                       const T* __restrict previous, T* __restrict kept, T* __restrict next) {
    for (Index j = 0; j < hidden; ++j) {
      const T r = vector_math::sigmoid(reset[j] + bias[j] + products[j] + bias_hh[j]);
      const T z = vector_math::sigmoid(update[j] + bias[hidden + j] + products[hidden + j] + bias_hh[hidden + j]);
      const T from_hidden = products[2 * hidden + j] + bias_hh[2 * hidden + j];
      const T n = vector_math::tanh(candidate[j] + bias[2 * hidden + j] + r * from_hidden);
      reset[j] = r;
      update[j] = z;
      candidate[j] = n;
      kept[j] = from_hidden;
      next[j] = (1 - z) * n + z * previous[j];
    }
  }
  template <class T>
  static void activate_backward(Index hidden, const T* __restrict reset, const T* __restrict update,
                                const T* __restrict candidate, const T* __restrict kept, const T* __restrict previous,
                                const T* __restrict d_output, T* __restrict d_hidden, T* __restrict d_reset,
                                T* __restrict d_update, T* __restrict d_candidate, T* __restrict d_products) {
    for (Index j = 0; j < hidden; ++j) {
      const T r = reset[j], z = update[j], n = candidate[j], d_h = d_output[j] + d_hidden[j];
      const T d_n = d_h * (1 - z) * (1 - n * n);
      d_candidate[j] = d_n;
      d_reset[j] = d_products[j] = d_n * kept[j] * r * (1 - r);
      d_update[j] = d_products[hidden + j] = d_h * (previous[j] - n) * z * (1 - z);
      d_products[2 * hidden + j] = d_n * r;
      d_hidden[j] = d_h * z;
    }
  }

  template <class T>
  static void forward(const CellRow<T>& row) {
    activate(row.hidden, row.gate(0), row.gate(1), row.gate(2), row.products, row.bias, row.bias_hh,
             row.previous_hidden, row.kept, row.next_hidden);
  }
  template <class T>
  static void backward(const CellRowGradient<T>& row) {
    activate_backward(row.hidden, row.gate(0), row.gate(1), row.gate(2), row.kept, row.previous_hidden, row.d_output,
                      row.d_hidden, row.d_gate(0), row.d_gate(1), row.d_gate(2), row.d_products);
  }
};

// Calls f(cell) with the cell of this kind, and gives what it returns. Error for a value that is none of them.
template <class F>
decltype(auto) with_cell(CellKind kind, F&& f) {
  switch (kind) {
    case CellKind::lstm:
      return f(LstmCell{});
    case CellKind::rnn:
      return f(ElmanCell<Nonlinearity::tanh>{});
    case CellKind::gru:
      return f(GruCell{});
    case CellKind::rnn_relu:
      return f(ElmanCell<Nonlinearity::relu>{});
  }
  throw Error("the kind of a recurrent cell is none of lstm, rnn, gru, rnn_relu");
}

}  // namespace glance::detail
