// Recurrent layers as differentiable operations: what their cells are, in public operations, and the fused kernels.
#include "glance/autograd/recurrent.h"

#include <utility>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/products.h"
#include "glance/autograd/record.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

// One step of an LSTM from z = x W_ihᵀ + b_ih + h W_hhᵀ + b_hh.
RecurrentState next_lstm(const Variable& z, const Variable& c) {
  const Index hidden = c.shape(1);
  const auto gates = split(z, {hidden, hidden, hidden, hidden}, -1);
  const Variable i = sigmoid(gates[0]);  // input gate: how much of the candidate to take in
  const Variable f = sigmoid(gates[1]);  // forget gate: how much of the cell to keep
  const Variable g = tanh(gates[2]);     // candidate
  const Variable o = sigmoid(gates[3]);  // output gate: how much of the cell to show
  const Variable next_c = f * c + i * g;
  return {o * tanh(next_c), next_c};
}

// One step of a GRU from x W_ihᵀ + b_ih and h W_hhᵀ + b_hh.
RecurrentState next_gru(const Variable& from_x, const Variable& from_h, const Variable& h) {
  const Index hidden = h.shape(1);
  const auto x = split(from_x, {hidden, hidden, hidden}, -1), product = split(from_h, {hidden, hidden, hidden}, -1);
  const Variable r = sigmoid(x[0] + product[0]);   // reset gate: how much of the state the candidate sees
  const Variable z = sigmoid(x[1] + product[1]);   // update gate: how much of the state to keep
  const Variable n = tanh(x[2] + r * product[2]);  // candidate
  return {(1 - z) * n + z * h, {}};
}

Variable or_zeros(const Variable& state, const Variable& x, Index hidden) {
  return state.given() ? state : Variable(zeros({x.shape(0), hidden}, x.dtype()));
}

// What the kernels read and write, in the order in which the inputs are recorded.
RecurrentInputs<Tensor> values_of(const Variable& x, const RecurrentWeights& w, const RecurrentState& state) {
  return {x.value(),         w.weight_ih.value(),  w.weight_hh.value(), w.bias_ih.value(),
          w.bias_hh.value(), state.hidden.value(), state.cell.value()};
}

RecurrentInputs<Tensor> values_of(const Saved& s) {
  return values_of(s.input(0), {s.input(1), s.input(2), s.input(3), s.input(4)}, {s.input(5), s.input(6)});
}

RecurrentInputs<Destination> destinations_of(Gradients& g) {
  return {g.destination(0), g.destination(1), g.destination(2), g.destination(3),
          g.destination(4), g.destination(5), g.destination(6)};
}

Tensor reached_gradient(const Gradients& g, int output) {
  return g.reached(output) ? g.output(output).value() : Tensor();
}

}  // namespace

RecurrentState composed_recurrent_step(CellKind kind, const Variable& x, const RecurrentWeights& weights,
                                       const RecurrentState& state) {
  const Index hidden = weights.weight_hh.shape(1);
  const Variable h = or_zeros(state.hidden, x, hidden);
  const Variable from_x = composed_linear(x, weights.weight_ih, weights.bias_ih);
  const Variable from_h = composed_linear(h, weights.weight_hh, weights.bias_hh);
  switch (kind) {
    case CellKind::lstm:
      return next_lstm(from_x + from_h, or_zeros(state.cell, x, hidden));
    case CellKind::rnn:
      return {tanh(from_x + from_h), {}};
    case CellKind::gru:
      return next_gru(from_x, from_h, h);
    case CellKind::rnn_relu:
      return {relu(from_x + from_h), {}};
  }
  describe(kind);  // an Error, since it is none of them
  return {};
}

RecurrentOutput composed_recurrent(CellKind kind, const Variable& x, const RecurrentWeights& weights,
                                   const RecurrentState& state, const Tensor& lengths, Direction direction) {
  const Index batch = x.shape(0), time = x.shape(1), hidden = weights.weight_hh.shape(1);
  const bool has_cell = describe(kind).has_cell;
  RecurrentState now{or_zeros(state.hidden, x, hidden), has_cell ? or_zeros(state.cell, x, hidden) : Variable()};
  if (time == 0) return {zeros({batch, 0, hidden}, x.dtype()), now};
  std::vector<Variable> outputs(static_cast<std::size_t>(time));
  for (Index step = 0; step < time; ++step) {
    const Index t = direction == Direction::forward ? step : time - 1 - step;
    const Tensor running =
        lengths.given() ? reshape(greater(lengths, static_cast<double>(t)), {batch, 1}) : ones({batch, 1}, boolean);
    const RecurrentState next = composed_recurrent_step(kind, select(x, 1, t), weights, now);
    now.hidden = where(running, next.hidden, now.hidden);
    if (has_cell) now.cell = where(running, next.cell, now.cell);
    outputs[static_cast<std::size_t>(t)] = where(running, now.hidden, 0.0);
  }
  return {stack(outputs, 1), std::move(now)};
}

RecurrentOutput recurrent(CellKind kind, const Variable& x, const RecurrentWeights& weights,
                          const RecurrentState& state, const Tensor& lengths, Direction direction) {
  const CellDescription cell = describe(kind);
  RecurrentResult result = recurrent_forward(kind, values_of(x, weights, state), {lengths, direction});
  const Variable ends(lengths);
  const VariableRef inputs[] = {
      x, weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh, state.hidden, state.cell, ends};
  Fused rule{
      [kind, direction, saved = std::move(result.saved), has_cell = cell.has_cell](const Saved& s, Gradients& g) {
        recurrent_backward(
            kind, values_of(s), {s.input(7).value(), direction}, saved,
            {reached_gradient(g, 0), reached_gradient(g, 1), has_cell ? reached_gradient(g, 2) : Tensor()},
            destinations_of(g));
      },
      [kind, direction](const Variable& x_, const Variable& weight_ih, const Variable& weight_hh,
                        const Variable& bias_ih, const Variable& bias_hh, const Variable& h, const Variable& c,
                        const Variable& lengths_) {
        auto [output, last] =
            composed_recurrent(kind, x_, {weight_ih, weight_hh, bias_ih, bias_hh}, {h, c}, lengths_.value(), direction);
        std::vector<Variable> outputs{output, last.hidden};
        if (last.cell.defined()) outputs.push_back(last.cell);
        return outputs;
      }};
  if (!cell.has_cell) {
    auto [output, last] = record(cell.name, inputs, {result.output, result.hidden}, Save::inputs, std::move(rule));
    return {std::move(output), {std::move(last), {}}};
  }
  auto [output, last, last_cell] =
      record(cell.name, inputs, {result.output, result.hidden, result.cell}, Save::inputs, std::move(rule));
  return {std::move(output), {std::move(last), std::move(last_cell)}};
}

RecurrentState recurrent_step(CellKind kind, const Variable& x, const RecurrentWeights& weights,
                              const RecurrentState& state) {
  const CellDescription cell = describe(kind);
  RecurrentResult result = recurrent_forward(kind, values_of(x, weights, state), {.one_step = true});
  result.saved.cells = {};  // they are an output, which the node keeps itself
  const VariableRef inputs[] = {
      x, weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh, state.hidden, state.cell};
  Fused rule{[kind, has_cell = cell.has_cell, saved = std::move(result.saved)](const Saved& s, Gradients& g) {
               RecurrentSaved all = saved;
               if (has_cell) all.cells = s.output(1).value();
               recurrent_backward(kind, values_of(s), {.one_step = true}, all,
                                  {{}, reached_gradient(g, 0), has_cell ? reached_gradient(g, 1) : Tensor()},
                                  destinations_of(g));
             },
             [kind](const Variable& x_, const Variable& weight_ih, const Variable& weight_hh, const Variable& bias_ih,
                    const Variable& bias_hh, const Variable& h, const Variable& c) {
               auto next = composed_recurrent_step(kind, x_, {weight_ih, weight_hh, bias_ih, bias_hh}, {h, c});
               std::vector<Variable> outputs{next.hidden};
               if (next.cell.defined()) outputs.push_back(next.cell);
               return outputs;
             }};
  if (!cell.has_cell) return {record(cell.step_name, inputs, result.hidden, Save::inputs, std::move(rule)), {}};
  auto [hidden, next_cell] =
      record(cell.step_name, inputs, {result.hidden, result.cell}, Save::inputs | Save::output(1), std::move(rule));
  return {std::move(hidden), std::move(next_cell)};
}

}  // namespace glance
