#include "glance/autograd/recurrent.h"

#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/products.h"
#include "glance/autograd/record.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/kernels/lstm.h"
#include "glance/tensor/kernels/rnn.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

// What a fused node keeps of its inputs, in the order in which they are recorded.
LstmArguments lstm_arguments(const Variable& x, const RecurrentWeights& w, const LstmState& state,
                             const Tensor& lengths) {
  return {.x = x.value(),
          .weight_ih = w.weight_ih.value(),
          .weight_hh = w.weight_hh.value(),
          .bias_ih = w.bias_ih.value(),
          .bias_hh = w.bias_hh.value(),
          .hidden = state.hidden.value(),
          .cell = state.cell.value(),
          .lengths = lengths};
}

LstmArguments lstm_arguments(const Saved& s, const Tensor& lengths) {
  return lstm_arguments(s.input(0), {s.input(1), s.input(2), s.input(3), s.input(4)}, {s.input(5), s.input(6)},
                        lengths);
}

LstmDestinations lstm_destinations(Gradients& g) {
  return {.x = g.destination(0),
          .weight_ih = g.destination(1),
          .weight_hh = g.destination(2),
          .bias_ih = g.destination(3),
          .bias_hh = g.destination(4),
          .hidden = g.destination(5),
          .cell = g.destination(6)};
}

Tensor reached_gradient(const Gradients& g, int output) {
  return g.reached(output) ? g.output(output).value() : Tensor();
}

Variable or_zeros(const Variable& state, Index batch, Index hidden, DType dtype) {
  return state.defined() ? state : Variable(zeros({batch, hidden}, dtype));
}

// x W_ihᵀ + b_ih + h W_hhᵀ + b_hh
Variable preactivations(const Variable& x, const Variable& hidden, const RecurrentWeights& w) {
  return composed_linear(x, w.weight_ih, w.bias_ih) + composed_linear(hidden, w.weight_hh, w.bias_hh);
}

// Runs `step(x at t, running)` over time, where `running` [batch, 1] tells which sequences have a step t, and stacks
// what it returns, with zeros where a sequence has ended.
Variable over_time(const Variable& x, const Tensor& lengths,
                   const std::function<Variable(const Variable& x_t, const Tensor& running)>& step) {
  std::vector<Variable> outputs;
  const Index batch = x.shape(0);
  for (Index t = 0; t < x.shape(1); ++t) {
    const Tensor running =
        lengths.defined() ? reshape(greater(lengths, static_cast<double>(t)), {batch, 1}) : ones({batch, 1}, boolean);
    outputs.push_back(where(running, step(select(x, 1, t), running), 0.0));
  }
  return stack(outputs, 1);
}

}  // namespace

LstmState composed_lstm_cell(const Variable& x, const RecurrentWeights& weights, const LstmState& state) {
  const Index hidden = weights.weight_hh.shape(1);
  const Variable h = or_zeros(state.hidden, x.shape(0), hidden, x.dtype());
  const Variable c = or_zeros(state.cell, x.shape(0), hidden, x.dtype());
  const auto gates = split(preactivations(x, h, weights), {hidden, hidden, hidden, hidden}, -1);
  const Variable i = sigmoid(gates[0]);  // input gate: how much of the candidate to take in
  const Variable f = sigmoid(gates[1]);  // forget gate: how much of the cell to keep
  const Variable g = tanh(gates[2]);     // candidate
  const Variable o = sigmoid(gates[3]);  // output gate: how much of the cell to show
  const Variable next_c = f * c + i * g;
  const Variable next_h = o * tanh(next_c);
  return {next_h, next_c};
}

LstmOutput composed_lstm(const Variable& x, const RecurrentWeights& weights, const LstmState& state,
                         const Tensor& lengths) {
  const Index hidden = weights.weight_hh.shape(1);
  LstmState now{or_zeros(state.hidden, x.shape(0), hidden, x.dtype()),
                or_zeros(state.cell, x.shape(0), hidden, x.dtype())};
  if (x.shape(1) == 0) return {zeros({x.shape(0), 0, hidden}, x.dtype()), now};
  Variable output = over_time(x, lengths, [&](const Variable& x_t, const Tensor& running) {
    const LstmState next = composed_lstm_cell(x_t, weights, now);
    now = {where(running, next.hidden, now.hidden), where(running, next.cell, now.cell)};
    return now.hidden;
  });
  return {std::move(output), std::move(now)};
}

LstmOutput lstm(const Variable& x, const RecurrentWeights& weights, const LstmState& state, const Tensor& lengths) {
  LstmResult result = lstm_forward(lstm_arguments(x, weights, state, lengths));
  auto [output, hidden, cell] =
      record("lstm",
             {x, weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh, state.hidden, state.cell,
              Variable(lengths)},
             {result.output, result.hidden, result.cell}, Save::inputs,
             Fused{[saved = result.saved](const Saved& s, Gradients& g) {
                     lstm_backward(lstm_arguments(s, s.input(7).value()), saved,
                                   {reached_gradient(g, 0), reached_gradient(g, 1), reached_gradient(g, 2)},
                                   lstm_destinations(g));
                   },
                   [](const Variable& x_, const Variable& weight_ih, const Variable& weight_hh, const Variable& bias_ih,
                      const Variable& bias_hh, const Variable& h, const Variable& c, const Variable& lengths_) {
                     auto twin = composed_lstm(x_, {weight_ih, weight_hh, bias_ih, bias_hh}, {h, c}, lengths_.value());
                     return std::array{twin.output, twin.state.hidden, twin.state.cell};
                   }});
  return {std::move(output), {std::move(hidden), std::move(cell)}};
}

LstmState lstm_cell(const Variable& x, const RecurrentWeights& weights, const LstmState& state) {
  LstmCellResult result = lstm_cell_forward(lstm_arguments(x, weights, state, {}));
  auto [hidden, cell] =
      record("lstm_cell",
             {x, weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh, state.hidden, state.cell},
             {result.hidden, result.cell}, Save::inputs | Save::output(1),
             Fused{[gates = result.gates](const Saved& s, Gradients& g) {
                     lstm_cell_backward(lstm_arguments(s, {}), gates, s.output(1).value(), reached_gradient(g, 0),
                                        reached_gradient(g, 1), lstm_destinations(g));
                   },
                   [](const Variable& x_, const Variable& weight_ih, const Variable& weight_hh, const Variable& bias_ih,
                      const Variable& bias_hh, const Variable& h, const Variable& c) {
                     auto twin = composed_lstm_cell(x_, {weight_ih, weight_hh, bias_ih, bias_hh}, {h, c});
                     return std::array{twin.hidden, twin.cell};
                   }});
  return {std::move(hidden), std::move(cell)};
}

Variable rnn_cell(const Variable& x, const RecurrentWeights& weights, Nonlinearity nonlinearity,
                  const Variable& hidden) {
  const Variable h = or_zeros(hidden, x.shape(0), weights.weight_hh.shape(1), x.dtype());
  const Variable z = preactivations(x, h, weights);
  return nonlinearity == Nonlinearity::tanh ? tanh(z) : relu(z);
}

RnnOutput composed_rnn(const Variable& x, const RecurrentWeights& weights, Nonlinearity nonlinearity,
                       const Variable& hidden, const Tensor& lengths) {
  const Index size = weights.weight_hh.shape(1);
  Variable now = or_zeros(hidden, x.shape(0), size, x.dtype());
  if (x.shape(1) == 0) return {zeros({x.shape(0), 0, size}, x.dtype()), now};
  Variable output = over_time(x, lengths, [&](const Variable& x_t, const Tensor& running) {
    now = where(running, rnn_cell(x_t, weights, nonlinearity, now), now);
    return now;
  });
  return {std::move(output), std::move(now)};
}

RnnOutput rnn(const Variable& x, const RecurrentWeights& weights, Nonlinearity nonlinearity, const Variable& hidden,
              const Tensor& lengths) {
  const auto arguments = [nonlinearity](const Tensor& x_, const Tensor& weight_ih, const Tensor& weight_hh,
                                        const Tensor& bias_ih, const Tensor& bias_hh, const Tensor& hidden_,
                                        const Tensor& lengths_) {
    return RnnArguments{.x = x_,
                        .weight_ih = weight_ih,
                        .weight_hh = weight_hh,
                        .bias_ih = bias_ih,
                        .bias_hh = bias_hh,
                        .hidden = hidden_,
                        .lengths = lengths_,
                        .nonlinearity = nonlinearity};
  };
  RnnResult result = rnn_forward(arguments(x.value(), weights.weight_ih.value(), weights.weight_hh.value(),
                                           weights.bias_ih.value(), weights.bias_hh.value(), hidden.value(), lengths));
  auto [output, last] = record(
      "rnn", {x, weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh, hidden, Variable(lengths)},
      {result.output, result.hidden}, Save::inputs,
      Fused{[arguments, saved = result.saved](const Saved& s, Gradients& g) {
              const auto in = [&s](int i) { return s.input(i).value(); };
              rnn_backward(arguments(in(0), in(1), in(2), in(3), in(4), in(5), in(6)), saved,
                           {reached_gradient(g, 0), reached_gradient(g, 1)},
                           {.x = g.destination(0),
                            .weight_ih = g.destination(1),
                            .weight_hh = g.destination(2),
                            .bias_ih = g.destination(3),
                            .bias_hh = g.destination(4),
                            .hidden = g.destination(5)});
            },
            [nonlinearity](const Variable& x_, const Variable& weight_ih, const Variable& weight_hh,
                           const Variable& bias_ih, const Variable& bias_hh, const Variable& h,
                           const Variable& lengths_) {
              auto twin = composed_rnn(x_, {weight_ih, weight_hh, bias_ih, bias_hh}, nonlinearity, h, lengths_.value());
              return std::array{twin.output, twin.hidden};
            }});
  return {std::move(output), std::move(last)};
}

}  // namespace glance
