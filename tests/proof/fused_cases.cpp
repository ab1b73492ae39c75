#include "glance/autograd/loss.h"
#include "glance/autograd/normalisation.h"
#include "glance/autograd/products.h"
#include "glance/autograd/recurrent.h"
#include "tests/proof/cases.h"
#include "tests/proof/patterns.h"

namespace glance::proof {

namespace {

using In = std::span<const Variable>;
using Variables = std::vector<Variable>;

std::vector<Case> product_cases() {
  const auto product = [](const Variable& a, const Variable& b) { return matmul(a, b); };
  return {
      {"matmul", product, {"... a k", "... k b"}, {.at = "of matrices"}},
      {"matmul", product, {"... a k", "k"}, {.at = "of matrices and a vector"}},
      {"matmul", product, {"k", "... k b"}, {.at = "of a vector and matrices"}},
      {"matmul", product, {"k", "k"}, {.at = "of vectors"}},
      {"linear",
       [](const Variable& x, const Variable& weight, const Variable& bias) { return linear(x, weight, bias); },
       {"... i", "o i", "o"},
       {.twin = Twin{"composed_linear", [](const Variable& x, const Variable& weight,
                                           const Variable& bias) { return composed_linear(x, weight, bias); }}}},
      {"linear",
       [](const Variable& x, const Variable& weight) { return linear(x, weight); },
       {"... i", "o i"},
       {.at = "without bias",
        .twin = Twin{"composed_linear",
                     [](const Variable& x, const Variable& weight) { return composed_linear(x, weight); }}}},
  };
}

std::vector<Case> normalisation_cases() {
  const auto of = [](auto f) {
    return
        [f](In in) { return f(in[0], in.size() > 1 ? in[1] : Variable(), in.size() > 2 ? in[2] : Variable(), 1e-5); };
  };
  const auto twin = [&] { return Twin{"composed_layer_norm", of(composed_layer_norm)}; };
  return {
      {"layer_norm", of(layer_norm), {"... f", "f", "f"}, {.twin = twin()}},
      {"layer_norm", of(layer_norm), {"... f", "f"}, {.at = "without bias", .twin = twin()}},
      {"layer_norm", of(layer_norm), {"... f"}, {.at = "alone", .twin = twin()}},
  };
}

// Every row has a target; `ignore_some` tells whether every third one counts for nothing.
Differentiable cross_entropy(Variable (*f)(const Variable&, const Tensor&, const CrossEntropyOptions&),
                             const CrossEntropyOptions& options, bool ignore_some) {
  return [=](const Variable& logits) {
    const Tensor targets = places(logits.shape(-1), without_last(logits.shape()));
    Index* target = targets.write<Index>();
    for (Index i = 1; ignore_some && i < targets.numel(); i += 3) target[i] = options.ignore_index;
    return f(logits, targets, options);
  };
}

std::vector<Case> loss_cases() {
  const auto line = [](const char* at, const CrossEntropyOptions& options, bool ignore_some) {
    return Case{"softmax_cross_entropy",
                cross_entropy(softmax_cross_entropy, options, ignore_some),
                {"... c"},
                {.at = at,
                 .twin = Twin{"composed_softmax_cross_entropy",
                              cross_entropy(composed_softmax_cross_entropy, options, ignore_some)},
                 .without = {{"zero-size c", "a target must be a class"}}}};
  };
  return {
      line("", {}, false),
      line("with ignored rows", {}, true),
      line("with smoothing and ignored rows", {.ignore_index = -1, .label_smoothing = 0.1}, true),
      line("over a count", {.label_smoothing = 0.2, .count = 7}, true),
  };
}

// x, weight_ih, weight_hh, then bias_ih, bias_hh, hidden and cell as far as given.
RecurrentWeights weights_of(In in) {
  return {in[1], in[2], in.size() > 3 ? in[3] : Variable(), in.size() > 4 ? in[4] : Variable()};
}
LstmState state_of(In in) { return {in.size() > 5 ? in[5] : Variable(), in.size() > 6 ? in[6] : Variable()}; }

Tensor lengths_of(const Variable& x, bool unequal) { return unequal ? ragged(x.shape(0), x.shape(1)) : Tensor(); }

auto whole(LstmOutput (*f)(const Variable&, const RecurrentWeights&, const LstmState&, const Tensor&), bool unequal) {
  return [=](In in) {
    const auto [output, state] = f(in[0], weights_of(in), state_of(in), lengths_of(in[0], unequal));
    return Variables{output, state.hidden, state.cell};
  };
}

auto whole(RnnOutput (*f)(const Variable&, const RecurrentWeights&, Nonlinearity, const Variable&, const Tensor&),
           Nonlinearity nonlinearity, bool unequal) {
  return [=](In in) {
    const auto [output, hidden] =
        f(in[0], weights_of(in), nonlinearity, state_of(in).hidden, lengths_of(in[0], unequal));
    return Variables{output, hidden};
  };
}

auto step(LstmState (*f)(const Variable&, const RecurrentWeights&, const LstmState&)) {
  return [=](In in) {
    const auto [hidden, cell] = f(in[0], weights_of(in), state_of(in));
    return Variables{hidden, cell};
  };
}

auto step(Nonlinearity nonlinearity) {
  return [=](In in) { return rnn_cell(in[0], weights_of(in), nonlinearity, state_of(in).hidden); };
}

std::vector<Case> recurrent_cases() {
  const std::vector<Input> lstm_inputs = {"b t i",      weight("4h i"), weight("4h h"), weight("4h"),
                                          weight("4h"), "b h",          "b h"};
  const std::vector<Input> rnn_inputs = {"b t i", weight("h i"), weight("h h"), weight("h"), weight("h"), "b h"};
  const std::vector<Input> lstm_step_inputs = {"b i",        weight("4h i"), weight("4h h"), weight("4h"),
                                               weight("4h"), "b h",          "b h"};
  const std::vector<Input> rnn_step_inputs = {"b i", weight("h i"), weight("h h"), weight("h"), weight("h"), "b h"};
  const auto lstm_line = [&](const char* at, bool unequal, const std::vector<Input>& inputs) {
    return Case{
        "lstm", whole(lstm, unequal), inputs, {.at = at, .twin = Twin{"composed_lstm", whole(composed_lstm, unequal)}}};
  };
  const auto rnn_line = [&](const char* at, Nonlinearity phi, bool unequal, const std::vector<Input>& inputs) {
    return Case{"rnn",
                whole(rnn, phi, unequal),
                inputs,
                {.at = at, .twin = Twin{"composed_rnn", whole(composed_rnn, phi, unequal)}}};
  };
  return {
      lstm_line("", false, lstm_inputs),
      lstm_line("over unequal lengths", true, lstm_inputs),
      lstm_line("without biases or state", false, {"b t i", weight("4h i"), weight("4h h")}),
      {"lstm_cell", step(lstm_cell), lstm_step_inputs, {.twin = Twin{"composed_lstm_cell", step(composed_lstm_cell)}}},
      rnn_line("with tanh", Nonlinearity::tanh, false, rnn_inputs),
      rnn_line("with relu", Nonlinearity::relu, false, rnn_inputs),
      rnn_line("over unequal lengths", Nonlinearity::tanh, true, rnn_inputs),
      rnn_line("without biases or state", Nonlinearity::tanh, false, {"b t i", weight("h i"), weight("h h")}),
      {"rnn_cell", step(Nonlinearity::tanh), rnn_step_inputs, {.at = "with tanh"}},
      {"rnn_cell", step(Nonlinearity::relu), rnn_step_inputs, {.at = "with relu"}},
      {"rnn_cell", step(Nonlinearity::tanh), {"b i", weight("h i"), weight("h h")}, {.at = "without biases or state"}},
  };
}

}  // namespace

std::vector<Case> fused_cases() {
  std::vector<Case> list;
  for (auto* part : {product_cases, normalisation_cases, loss_cases, recurrent_cases})
    for (Case& c : part()) list.push_back(std::move(c));
  return list;
}

}  // namespace glance::proof
