// gru: what is kept, what is new, all numbers, and derivatives.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

Tensor exchanged(const Tensor& x, const Tensor& hidden, const RecurrentWeights& w) {
  const auto a = chunk(linear(x, w.weight_ih, w.bias_ih), 3, -1),
             b = chunk(linear(hidden, w.weight_hh, w.bias_hh), 3, -1);
  const Variable z = sigmoid(a[1] + b[1]), n = tanh(a[2] + sigmoid(a[0] + b[0]) * b[2]);
  return (z * n + (1.0 - z) * hidden).value();
}

Tensor reset_first(const Tensor& x, const Tensor& hidden, const RecurrentWeights& w) {
  const auto a = chunk(linear(x, w.weight_ih, w.bias_ih), 3, -1),
             b = chunk(linear(hidden, w.weight_hh, w.bias_hh), 3, -1);
  const Variable z = sigmoid(a[1] + b[1]), r = sigmoid(a[0] + b[0]);
  const Variable n = tanh(a[2] + chunk(linear(r * hidden, w.weight_hh, w.bias_hh), 3, -1)[2]);
  return ((1.0 - z) * n + z * hidden).value();
}

}  // namespace

int main() {
  const Tensor x = numbers({2, 3}, 5), hidden = numbers({2, 4}, 6);
  const RecurrentWeights weights{numbers({12, 3}, 1), numbers({12, 4}, 2), numbers({12}, 3), numbers({12}, 4)};
  return keep({
      {"the new state is [batch, hidden]",
       [&] {
         shape("the state", gru_step(x, hidden, weights), {2, 4});
       }},
      {"z keeps: where z is 1 the state stays as it is",
       [&] {
         RecurrentWeights keeps{zeros({12, 3}, f64), zeros({12, 4}, f64), zeros({12}, f64), zeros({12}, f64)};
         keeps.bias_ih = concat({zeros({4}, f64), full({4}, 50, f64), zeros({4}, f64)});
         same("the state", gru_step(x, hidden, keeps), hidden,
              {{zeros({2, 4}, f64), "z and 1 − z stand in each other's place"}});
       }},
      {"all numbers of the formula",
       [&] {
         same("the state", gru_step(x, hidden, weights), recurrent_step(CellKind::gru, x, weights, {hidden, {}}).hidden,
              {{exchanged(x, hidden, weights), "z and 1 − z stand in each other's place"},
               {reset_first(x, hidden, weights),
                "r multiplied the state before the product with W_hn, and not after it"}});
       }},
      {"gradcheck agrees for the word, the state and the weights",
       [&] {
         derivatives(
             [](const Variable& word, const Variable& h, const Variable& ih, const Variable& hh) {
               return gru_step(word, h, {ih, hh, zeros({6}, f64), zeros({6}, f64)});
             },
             {numbers({1, 2}, 1), numbers({1, 2}, 2), numbers({6, 2}, 3), numbers({6, 2}, 4)}, 1);
       }},
  });
}
