// The lines for layers in the table of proofs.
#include "glance/nn/dropout.h"
#include "glance/nn/embedding.h"
#include "glance/nn/layer_norm.h"
#include "glance/nn/linear.h"
#include "glance/nn/loss.h"
#include "glance/nn/module.h"
#include "glance/nn/recurrent.h"
#include "tests/proof/cases.h"
#include "tests/proof/layers.h"
#include "tests/proof/patterns.h"

namespace glance::proof {

namespace {

using In = std::span<const Variable>;
using Variables = std::vector<Variable>;

Variables list(const RecurrentStack::State& state) {
  Variables all;
  for (const RecurrentState& layer : state.layers) {
    all.push_back(layer.hidden);
    if (layer.cell.defined()) all.push_back(layer.cell);
  }
  return all;
}
Variables list(const RecurrentStack::Output& out) {
  Variables all = list(out.state);
  all.insert(all.begin(), out.output);
  return all;
}

Lengths unequal(const Variable& x) {
  const Tensor lengths = ragged(x.shape(0), x.shape(1));
  return Lengths(lengths.values<Index>(), x.shape(1));
}

std::vector<Case> recurrent_layer_cases() {
  const std::vector<Input> of_lstm = {"b t i", weight("4h i"), weight("4h h"), weight("4h"), weight("4h")};
  const std::vector<Input> of_two_rnns = {"b t i",       weight("h i"), weight("h h"), weight("h"), weight("h"),
                                          weight("h h"), weight("h h"), weight("h"),   weight("h")};
  return {
      {"RecurrentStack",
       [](In in) { return list(with_parameters(RecurrentStack(CellKind::lstm, 1, 1, any()), in.subspan(1))(in[0])); },
       of_lstm},
      {"RecurrentStack",
       [](In in) {
         const LSTM lstm = with_parameters(LSTM(1, 1, any(), {.layers = 2, .bias = false}), in.subspan(3));
         const RecurrentState state{in[1], in[2]};
         return list(lstm(in[0], {{state, state}}, unequal(in[0])));
       },
       {"b t i", "b h", "b h", weight("4h i"), weight("4h h"), weight("4h h"), weight("4h h")},
       {.at = "of LSTM cells in two layers, with a state and unequal lengths"}},
      {"RecurrentStack",
       [](In in) { return list(with_parameters(RNN(1, 1, any(), {.layers = 2}), in.subspan(1))(in[0])); },
       of_two_rnns,
       {.at = "of plain cells in two layers"}},
      {"RecurrentStack",
       [](In in) {
         Generator noise(3);
         const RecurrentOptions options{.layers = 2, .bias = false, .dropout = 0.5};
         const RNN rnn = with_parameters(RNN(1, 1, any(), options, Nonlinearity::relu), in.subspan(1));
         return list(rnn(in[0], {}, unequal(in[0]), &noise));
       },
       {"b t i", weight("h i"), weight("h h"), weight("h h"), weight("h h")},
       {.at = "of plain cells with relu, dropout and unequal lengths"}},
      {"RecurrentStack",
       [](In in) {
         const RecurrentOptions options{.layers = 2, .bias = false, .bidirectional = true};
         const GRU gru = with_parameters(GRU(1, 1, any(), options), in.subspan(2));
         const RecurrentState state{in[1], {}};
         return list(gru(in[0], {{state, state, state, state}}, unequal(in[0])));
       },
       {"b t i", "b h", weight("3h i"), weight("3h h"), weight("3h i"), weight("3h h"), weight("3h 2h"), weight("3h h"),
        weight("3h 2h"), weight("3h h")},
       {.at = "of GRU cells in two layers and two directions, with a state and unequal lengths"}},
      {"RecurrentStack::step",
       [](In in) {
         return list(with_parameters(LSTM(1, 1, any()), in.subspan(3)).step(in[0], {{{in[1], in[2]}}}));
       },
       {"b i", "b h", "b h", weight("4h i"), weight("4h h"), weight("4h"), weight("4h")}},
      {"RecurrentStack::step",
       [](In in) {
         const RecurrentState state{in[1], {}};
         const GRU gru = with_parameters(GRU(1, 1, any(), {.layers = 2}), in.subspan(2));
         return list(gru.step(in[0], {{state, state}}));
       },
       {"b i", "b h", weight("3h i"), weight("3h h"), weight("3h"), weight("3h"), weight("3h h"), weight("3h h"),
        weight("3h"), weight("3h")},
       {.at = "of GRU cells in two layers"}},
  };
}

}  // namespace

std::vector<Case> layer_cases() {
  std::vector<Case> all = {
      {"Linear",
       [](In in) { return with_parameters(Linear(1, 1, any()), in.subspan(1))(in[0]); },
       {"... i", "o i", "o"}},
      {"Linear",
       [](In in) { return with_parameters(Linear(1, 1, any(), {.bias = false}), in.subspan(1))(in[0]); },
       {"... i", "o i"},
       {.at = "without bias"}},
      {"Embedding",
       [](In in) {
         return with_parameters(Embedding(1, 1, any()), in)(places(in[0].shape(0), {2, 3}));
       },
       {"n f"},
       {.without = {{"zero-size n", "there is no symbol to look up"}}}},
      {"LayerNorm", [](In in) { return with_parameters(LayerNorm(1), in.subspan(1))(in[0]); }, {"... f", "f", "f"}},
      {"Dropout", [](const Variable& x) { return Dropout{}(x, nullptr); }, {"..."}, {.at = "in evaluation"}},
      {"Dropout",
       [](const Variable& x) {
         Generator noise(5);
         return Dropout{0.25}(x, &noise);
       },
       {"..."},
       {.at = "while training"}},
      {"mse_loss",
       [](const Variable& prediction, const Variable& target) { return mse_loss(prediction, target); },
       {"...", "..."},
       {.without = {{"zero-size", "the mean of nothing is NaN"}}}},
      {"mse_loss",
       [](const Variable& prediction, const Variable& target) { return mse_loss(prediction, target, Reduction::none); },
       {"...", "..."},
       {.at = "of each element"}},
      {"binary_cross_entropy_with_logits",
       [](const Variable& logits, const Variable& targets) {
         return binary_cross_entropy_with_logits(logits, targets);
       },
       {"...", {"...", 0, 1}},
       {.without = {{"zero-size", "the mean of nothing is NaN"}}}},
      {"binary_cross_entropy_with_logits",
       [](const Variable& logits, const Variable& targets) {
         return binary_cross_entropy_with_logits(logits, targets, Reduction::sum);
       },
       {"...", {"...", 0, 1}},
       {.at = "as a sum"}},
  };
  for (Case& c : recurrent_layer_cases()) all.push_back(std::move(c));
  return all;
}

}  // namespace glance::proof
