// The lines for products, normalisation, losses and recurrent operations in the table of proofs, with the twins that
// they must equal.
#include "glance/autograd/loss.h"
#include "glance/autograd/normalisation.h"
#include "glance/autograd/products.h"
#include "glance/autograd/recurrent.h"
#include "glance/tensor/elementwise.h"
#include "tests/proof/cases.h"
#include "tests/proof/patterns.h"

namespace glance::proof {

namespace {

using In = std::span<const Variable>;
using Variables = std::vector<Variable>;

std::vector<Case> activated_cases() {
  const auto line = [](const char* at, Activation activation, const std::vector<Input>& inputs) {
    const auto of = [activation](auto f) {
      return [=](In in) { return f(in[0], in[1], in.size() > 2 ? in[2] : Variable(), activation); };
    };
    return Case{"activated_linear",
                of(activated_linear),
                inputs,
                {.at = at, .twin = Twin{"composed_activated_linear", of(composed_activated_linear)}}};
  };
  return {
      line("by gelu", Activation::gelu, {"... i", "o i", "o"}),
      line("by relu", Activation::relu, {"... i", "o i", "o"}),
      line("by gelu, without bias", Activation::gelu, {"... i", "o i"}),
      line("by relu, without bias", Activation::relu, {"... i", "o i"}),
  };
}

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
                             const CrossEntropyOptions& given, bool ignore_some, bool weighted) {
  return [=](const Variable& logits) {
    CrossEntropyOptions options = given;
    if (weighted) options.weight = arange(static_cast<double>(logits.shape(-1)), logits.dtype()) * 0.25 + 0.5;
    const Tensor targets = places(logits.shape(-1), without_last(logits.shape()));
    Index* target = targets.write<Index>();
    for (Index i = 1; ignore_some && i < targets.numel(); i += 3) target[i] = options.ignore_index;
    return f(logits, targets, options);
  };
}

std::vector<Case> loss_cases() {
  constexpr const char* no_class = "a target must be a class";
  const auto line = [=](const char* at, const CrossEntropyOptions& options, bool ignore_some, bool weighted = false) {
    return Case{"softmax_cross_entropy",
                cross_entropy(softmax_cross_entropy, options, ignore_some, weighted),
                {"... c"},
                {.at = at,
                 .twin = Twin{"composed_softmax_cross_entropy",
                              cross_entropy(composed_softmax_cross_entropy, options, ignore_some, weighted)},
                 .without = {{"zero-size c", no_class}}}};
  };
  return {
      line("", {}, false),
      line("with ignored rows", {}, true),
      line("with smoothing and ignored rows", {.ignore_index = -1, .label_smoothing = 0.1}, true),
      line("over a count", {.label_smoothing = 0.2, .count = 7}, true),
      line("of each row", {.label_smoothing = 0.2, .reduction = Reduction::none}, true),
      line("as a sum", {.reduction = Reduction::sum}, true),
      line("with weights", {}, true, true),
      line("with weights and smoothing", {.label_smoothing = 0.2}, true, true),
      line("of each row, with weights", {.reduction = Reduction::none}, false, true),
      {"nll_loss", cross_entropy(nll_loss, {}, true, false), {"... c"}, {.without = {{"zero-size c", no_class}}}},
      {"nll_loss",
       cross_entropy(nll_loss, {.label_smoothing = 0.2, .reduction = Reduction::none}, true, true),
       {"... c"},
       {.at = "of each row, with weights and smoothing", .without = {{"zero-size c", no_class}}}},
  };
}

// x, weight_ih, weight_hh, then bias_ih, bias_hh, hidden and cell as far as given.
RecurrentWeights weights_of(In in) {
  return {in[1], in[2], in.size() > 3 ? in[3] : Variable(), in.size() > 4 ? in[4] : Variable()};
}
RecurrentState state_of(In in) { return {in.size() > 5 ? in[5] : Variable(), in.size() > 6 ? in[6] : Variable()}; }

Tensor lengths_of(const Variable& x, bool unequal) { return unequal ? ragged(x.shape(0), x.shape(1)) : Tensor(); }

Variables list(const RecurrentState& state) {
  return state.cell.defined() ? Variables{state.hidden, state.cell} : Variables{state.hidden};
}
Variables list(const RecurrentOutput& out) {
  Variables all = list(out.state);
  all.insert(all.begin(), out.output);
  return all;
}

// The inputs of a layer with this kind of cell: over sequences when x is "b t i", of one step when it is "b i".
std::vector<Input> inputs_for(CellKind kind, const char* x, bool all = true) {
  const CellDescription cell = describe(kind);
  const std::string rows = (cell.gates > 1 ? std::to_string(cell.gates) : "") + "h";
  const std::string ih = rows + " i", hh = rows + " h";
  std::vector<Input> inputs = {x, weight(ih.c_str()), weight(hh.c_str())};
  if (!all) return inputs;
  for (const Input& more : {weight(rows.c_str()), weight(rows.c_str()), Input("b h")}) inputs.push_back(more);
  if (cell.has_cell) inputs.push_back("b h");
  return inputs;
}

// Lines for a kind of cell under its own name, `whole` and `step`, and under those of the functions for any kind.
template <class Whole, class Step>
void add_recurrent_cases(std::vector<Case>& cases, CellKind kind, const char* at, Whole whole, Step step) {
  const CellDescription cell = describe(kind);
  const auto line = [&](const char* choice, const std::vector<Input>& inputs, bool unequal, Direction direction) {
    const auto composed = [=](In in) {
      return list(composed_recurrent(kind, in[0], weights_of(in), state_of(in), lengths_of(in[0], unequal), direction));
    };
    const auto fused = [=](In in) {
      return list(whole(in[0], weights_of(in), state_of(in), lengths_of(in[0], unequal), direction));
    };
    cases.push_back({cell.name, fused, inputs, {.at = choice, .twin = Twin{"composed_recurrent", composed}}});
  };
  const auto step_line = [&](const char* choice, const std::vector<Input>& inputs) {
    const auto composed = [=](In in) {
      return list(composed_recurrent_step(kind, in[0], weights_of(in), state_of(in)));
    };
    const auto fused = [=](In in) { return list(step(in[0], weights_of(in), state_of(in))); };
    cases.push_back({cell.step_name, fused, inputs, {.at = choice, .twin = Twin{"composed_recurrent_step", composed}}});
  };
  const std::vector<Input> all = inputs_for(kind, "b t i"), few = inputs_for(kind, "b t i", false);
  line(at, all, false, Direction::forward);
  line("over unequal lengths", all, true, Direction::forward);
  line("in reverse, over unequal lengths", all, true, Direction::reverse);
  line("without biases or state", few, false, Direction::forward);
  line("without biases or state, in reverse, over unequal lengths", few, true, Direction::reverse);
  step_line(at, inputs_for(kind, "b i"));
  step_line("without biases or state", inputs_for(kind, "b i", false));
}

std::vector<Case> recurrent_cases() {
  std::vector<Case> all = {
      {"recurrent", [](In in) { return list(recurrent(CellKind::gru, in[0], weights_of(in), state_of(in))); },
       inputs_for(CellKind::gru, "b t i")},
      {"recurrent_step",
       [](In in) { return list(recurrent_step(CellKind::lstm, in[0], weights_of(in), state_of(in))); },
       inputs_for(CellKind::lstm, "b i")},
  };
  add_recurrent_cases(all, CellKind::lstm, "", lstm, lstm_cell);
  add_recurrent_cases(all, CellKind::gru, "", gru, gru_cell);
  for (const Nonlinearity phi : {Nonlinearity::tanh, Nonlinearity::relu})
    add_recurrent_cases(
        all, rnn_kind(phi), phi == Nonlinearity::tanh ? "with tanh" : "with relu",
        [phi](const Variable& x, const RecurrentWeights& weights, const RecurrentState& state, const Tensor& lengths,
              Direction direction) { return rnn(x, weights, phi, state, lengths, direction); },
        [phi](const Variable& x, const RecurrentWeights& weights, const RecurrentState& state) {
          return rnn_cell(x, weights, phi, state);
        });
  return all;
}

}  // namespace

std::vector<Case> fused_cases() {
  std::vector<Case> list;
  for (auto* part : {product_cases, activated_cases, normalisation_cases, loss_cases, recurrent_cases})
    for (Case& c : part()) list.push_back(std::move(c));
  return list;
}

}  // namespace glance::proof
