// lstm: shapes, a cell that is kept and one that is written, all numbers, and derivatives.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

// Small, so that no gate is all but shut and what it lets through is seen.
RecurrentWeights weights_of(Index in, Index hidden) {
  return {0.3 * numbers({4 * hidden, in}, 1), 0.3 * numbers({4 * hidden, hidden}, 2), 0.3 * numbers({4 * hidden}, 3),
          0.3 * numbers({4 * hidden}, 4)};
}

// The step by what the gates stand for, each a row of the four.
RecurrentState step_by(const std::array<std::size_t, 4>& order, bool squeeze, const Tensor& x,
                       const RecurrentState& state, const RecurrentWeights& w) {
  const auto part = chunk(linear(x, w.weight_ih, w.bias_ih) + linear(state.hidden, w.weight_hh, w.bias_hh), 4, -1);
  const Variable cell = sigmoid(part[order[1]]) * state.cell + sigmoid(part[order[0]]) * tanh(part[order[2]]);
  return {sigmoid(part[order[3]]) * (squeeze ? tanh(cell) : cell), cell};
}

}  // namespace

int main() {
  const Tensor x = numbers({2, 3}, 5);
  const RecurrentState state{numbers({2, 4}, 6), numbers({2, 4}, 7)};
  const RecurrentWeights weights = weights_of(3, 4);
  const RecurrentState right = recurrent_step(CellKind::lstm, x, weights, state);
  RecurrentWeights one_bias = weights;
  one_bias.bias_hh = zeros({16}, f64);
  return keep({
      {"hidden and cell are [batch, hidden]",
       [&] {
         const RecurrentState next = lstm_step(x, state, weights);
         shape("hidden", next.hidden, {2, 4});
         shape("cell", next.cell, {2, 4});
       }},
      {"cell ← forget gate · cell + input gate · what is new",
       [&] {
         same("the cell", lstm_step(x, state, weights).cell, right.cell,
              {{right.hidden.value(), "hidden and cell were given back in each other's place"},
               {recurrent_step(CellKind::lstm, x, one_bias, state).cell.value(), "bias_hh was left out"},
               {recurrent_step(CellKind::lstm, x, weights, {state.hidden, zeros({2, 4}, f64)}).cell.value(),
                "the cell was written anew: what the forget gate keeps of the old one is missing"},
               {step_by({0, 1, 3, 2}, true, x, state, weights).cell.value(),
                "the gates were taken in the order i, f, o, g"},
               {step_by({1, 0, 2, 3}, true, x, state, weights).cell.value(),
                "input gate and forget gate stand in each other's place"}});
       }},
      {"hidden ← output gate · tanh(cell)",
       [&] {
         same("hidden", lstm_step(x, state, weights).hidden, right.hidden,
              {{step_by({0, 1, 2, 3}, false, x, state, weights).hidden.value(), "the cell left without its tanh"}});
       }},
      {"with the forget gate open and the input gate shut the cell is kept",
       [&] {
         RecurrentWeights keeps{zeros({16, 3}, f64), zeros({16, 4}, f64), zeros({16}, f64), zeros({16}, f64)};
         keeps.bias_ih = concat({full({4}, -50, f64), full({4}, 50, f64), zeros({8}, f64)});
         same("the cell", lstm_step(x, state, keeps).cell, state.cell);
       }},
      {"gradcheck agrees for the word, the state and the weights",
       [&] {
         derivatives(
             [](const Variable& word, const Variable& hidden, const Variable& cell, const Variable& ih,
                const Variable& hh) {
               const RecurrentState next = lstm_step(word, {hidden, cell}, {ih, hh, zeros({8}, f64), zeros({8}, f64)});
               return std::vector<Variable>{next.hidden, next.cell};
             },
             {numbers({1, 2}, 1), numbers({1, 2}, 2), numbers({1, 2}, 3), numbers({8, 2}, 4), numbers({8, 2}, 5)}, 1);
       }},
  });
}
