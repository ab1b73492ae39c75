#include "glance/autograd/arithmetic.h"
#include "glance/autograd/attention.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/normalisation.h"
#include "glance/autograd/recurrent.h"
#include "glance/autograd/views.h"
#include "glance/nn/dropout.h"
#include "glance/nn/embedding.h"
#include "glance/nn/layer_norm.h"
#include "glance/nn/linear.h"
#include "glance/nn/loss.h"
#include "glance/nn/recurrent.h"
#include "glance/tensor/create.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/reference/records.h"

namespace glance {
namespace {

using List = std::vector<Variable>;

constexpr Tolerance exact{.f32 = 0, .f64 = 0};
constexpr Tolerance short_sums{.f32 = 2e-6, .f64 = 1e-14};
constexpr Tolerance normalised{.f32 = 5e-6, .f64 = 1e-12};
constexpr Tolerance many_steps{.f32 = 1e-5, .f64 = 1e-13};

List list(const Attended& attended) { return {attended.context, attended.weights}; }

// A linear layer or a normalisation with the call's weights.
template <class Layer>
List with_weights(Layer layer, const Call& c) {
  layer.weight = c["weight"];
  layer.bias = c["bias"];
  return {layer(c["x"])};
}

Reduction reduction_of(const Call& c) {
  const auto name = c.has("reduction") ? c.get<std::string>("reduction") : "mean";
  return name == "none" ? Reduction::none : name == "sum" ? Reduction::sum : Reduction::mean;
}

CrossEntropyOptions cross_entropy_options(const Call& c) {
  CrossEntropyOptions options;
  if (c.has("ignore_index")) options.ignore_index = c.get<Index>("ignore_index");
  if (c.has("label_smoothing")) options.label_smoothing = c.get<double>("label_smoothing");
  if (c.has("count")) options.count = c.get<double>("count");
  if (c.has("reduction")) options.reduction = reduction_of(c);
  options.weight = c.tensor_or_none("weight");
  return options;
}

std::map<std::string, Case> simple_cases() {
  using V = const Variable&;
  const auto normalise = [](auto f) {
    return [f](const Call& c) { return List{f(c["x"], c["weight"], c["bias"], c.get<double>("epsilon"))}; };
  };
  const auto cross_entropy = [](auto f) {
    return [f](const Call& c) { return List{f(c["logits"], c.tensor("targets"), cross_entropy_options(c))}; };
  };
  const auto attention = [](auto f) {
    return [f](const Call& c) {
      AttendOptions options{.visible = c.tensor_or_none("visible"), .bias = c["bias"]};
      if (c.has("scale")) options.scale = c.get<double>("scale");
      if (c.has("causal")) options.causal = c.get<bool>("causal");
      return list(f(c["query"], c["keys"], c["values"], options));
    };
  };
  return {
      {"Linear", {short_sums, {[](const Call& c) {
                    Generator generator(1);
                    const DType dtype = c["x"].dtype();
                    return with_weights(Linear(3, 5, generator, {.bias = c["bias"].defined(), .dtype = dtype}), c);
                  }}}},
      {"LayerNorm", {normalised, {[](const Call& c) {
                       return with_weights(LayerNorm(5, {.epsilon = c.get<double>("epsilon"), .dtype = c["x"].dtype()}),
                                           c);
                     }}}},
      {"Embedding", {exact, {[](const Call& c) {
                       Generator generator(1);
                       Embedding layer(6, 3, generator, {.dtype = c["weight"].dtype()});
                       layer.weight = c["weight"];
                       return List{layer(c.tensor("indices"))};
                     }}}},
      {"Dropout", {exact, {[](const Call& c) { return List{Dropout{c.get<double>("p")}(c["x"], nullptr)}; }}}},
      {"layer_norm",
       {normalised,
        {normalise([](V x, V weight, V bias, double epsilon) { return layer_norm(x, weight, bias, epsilon); }),
         normalise(
             [](V x, V weight, V bias, double epsilon) { return composed_layer_norm(x, weight, bias, epsilon); })}}},
      {"cross_entropy",
       {short_sums,
        {cross_entropy([](V logits, const Tensor& targets, const CrossEntropyOptions& options) {
           return softmax_cross_entropy(logits, targets, options);
         }),
         cross_entropy([](V logits, const Tensor& targets, const CrossEntropyOptions& options) {
           return composed_softmax_cross_entropy(logits, targets, options);
         })}}},
      {"mse_loss",
       {short_sums, {[](const Call& c) { return List{mse_loss(c["prediction"], c["target"], reduction_of(c))}; }}}},
      {"nll_loss", {short_sums, {cross_entropy([](V log_p, const Tensor& targets, const CrossEntropyOptions& options) {
                      return nll_loss(log_p, targets, options);
                    })}}},
      {"binary_cross_entropy_with_logits", {short_sums, {[](const Call& c) {
                                              return List{binary_cross_entropy_with_logits(c["logits"], c["targets"],
                                                                                           reduction_of(c))};
                                            }}}},
      {"attention_scores", {short_sums, {[](const Call& c) { return List{attention_scores(c["query"], c["keys"])}; }}}},
      {"attention_weights",
       {short_sums, {[](const Call& c) { return List{attention_weights(c["scores"], c.tensor_or_none("visible"))}; }}}},
      {"attention_context",
       {short_sums, {[](const Call& c) { return List{attention_context(c["weights"], c["values"])}; }}}},
      {"attend",
       {many_steps,
        {attention([](V query, V keys, V values, const AttendOptions& options) {
           return attend(query, keys, values, options);
         }),
         attention([](V query, V keys, V values, const AttendOptions& options) {
           return composed_attend(query, keys, values, options);
         })}}},
  };
}

RecurrentWeights weights_of_layer(const Call& c, int layer) {
  const std::string suffix = "_l" + std::to_string(layer);
  return {c["weight_ih" + suffix], c["weight_hh" + suffix], c["bias_ih" + suffix], c["bias_hh" + suffix]};
}

// Layer `layer` of a state [layers, batch, hidden]; undefined when the call has none.
Variable state_of_layer(const Call& c, const std::string& name, int layer) {
  return c[name].defined() ? select(c[name], 0, layer) : Variable();
}

Lengths lengths_of(const Call& c) {
  const Tensor lengths = c.tensor_or_none("lengths");
  if (!lengths.defined()) return {};
  return Lengths(lengths.to_vector<Index>(), c["x"].shape(1));
}

Nonlinearity nonlinearity_of(const Call& c) {
  return c.get<std::string>("kind") == "relu" ? Nonlinearity::relu : Nonlinearity::tanh;
}

// What PyTorch returns: the outputs, then hidden and cell states [layers, batch, hidden].
List stacked(const Variable& output, const LSTM::State& state) {
  List hidden, cell;
  for (const RecurrentState& layer : state.layers) {
    hidden.push_back(layer.hidden);
    cell.push_back(layer.cell);
  }
  return {output, stack(hidden), stack(cell)};
}

LSTM lstm_of(const Call& c) {
  Generator generator(1);
  const int layers = c.get<int>("layers");
  LSTM network(c["x"].shape(-1), c["weight_hh_l0"].shape(1), generator, {.layers = layers, .dtype = c["x"].dtype()});
  for (int i = 0; i < layers; ++i) network.layers[static_cast<std::size_t>(i)] = weights_of_layer(c, i);
  return network;
}

LSTM::State lstm_state(const Call& c) {
  LSTM::State state;
  for (int i = 0; c["hidden"].defined() && i < c.get<int>("layers"); ++i)
    state.layers.push_back({state_of_layer(c, "hidden", i), state_of_layer(c, "cell", i)});
  return state;
}

List lstm_layers(const Call& c) {
  const LSTM::Output result = lstm_of(c)(c["x"], lstm_state(c), lengths_of(c));
  return stacked(result.output, result.state);
}

// A state goes on where the sequence does, and stays where it has ended.
Variable go_on(const Tensor& visible, const Variable& next, const Variable& before) {
  return where(visible, next, before.defined() ? before : Variable(zeros_like(next.value())));
}
RecurrentState go_on(const Tensor& visible, const RecurrentState& next, const RecurrentState& before) {
  return {go_on(visible, next.hidden, before.hidden), go_on(visible, next.cell, before.cell)};
}
const Variable& hidden_of(const Variable& hidden) { return hidden; }
const Variable& hidden_of(const RecurrentState& state) { return state.hidden; }

// The network's step, once for every time; leaves the last state in `state`.
template <class Network>
Variable step_by_step(const Network& network, typename Network::State& state, const Call& c) {
  const Tensor all = lengths_of(c).visible;
  List outputs;
  for (Index t = 0; t < c["x"].shape(1); ++t) {
    typename Network::State next = network.step(select(c["x"], 1, t), state);
    state.layers.resize(next.layers.size());
    const Tensor visible = all.defined() ? slice(all, 1, t, t + 1) : ones({c["x"].shape(0), 1}, boolean);
    outputs.push_back(where(visible, hidden_of(next.layers.back()), 0.0));
    for (std::size_t i = 0; i < next.layers.size(); ++i)
      state.layers[i] = go_on(visible, next.layers[i], state.layers[i]);
  }
  return stack(outputs, 1);
}

List lstm_steps(const Call& c) {
  LSTM::State state = lstm_state(c);
  const Variable output = step_by_step(lstm_of(c), state, c);
  return stacked(output, state);
}

List composed_lstm_layers(const Call& c) {
  LstmOutput result{c["x"], {}};
  LSTM::State after;
  for (int i = 0; i < c.get<int>("layers"); ++i) {
    result = composed_lstm(result.output, weights_of_layer(c, i),
                           {state_of_layer(c, "hidden", i), state_of_layer(c, "cell", i)}, c.tensor_or_none("lengths"));
    after.layers.push_back(result.state);
  }
  return stacked(result.output, after);
}

RNN rnn_of(const Call& c) {
  Generator generator(1);
  const int layers = c.get<int>("layers");
  RNN network(c["x"].shape(-1), c["weight_hh_l0"].shape(1), generator, {.layers = layers, .dtype = c["x"].dtype()},
              nonlinearity_of(c));
  for (int i = 0; i < layers; ++i) network.layers[static_cast<std::size_t>(i)] = weights_of_layer(c, i);
  return network;
}

RNN::State rnn_state(const Call& c) {
  RNN::State state;
  for (int i = 0; c["hidden"].defined() && i < c.get<int>("layers"); ++i)
    state.layers.push_back(state_of_layer(c, "hidden", i));
  return state;
}

List rnn_layers(const Call& c) {
  const RNN::Output result = rnn_of(c)(c["x"], rnn_state(c), lengths_of(c));
  return {result.output, stack(result.state.layers)};
}

List rnn_steps(const Call& c) {
  RNN::State state = rnn_state(c);
  const Variable output = step_by_step(rnn_of(c), state, c);
  return {output, stack(state.layers)};
}

List composed_rnn_layers(const Call& c) {
  RnnOutput result{c["x"], {}};
  List hidden;
  for (int i = 0; i < c.get<int>("layers"); ++i) {
    result = composed_rnn(result.output, weights_of_layer(c, i), nonlinearity_of(c), state_of_layer(c, "hidden", i),
                          c.tensor_or_none("lengths"));
    hidden.push_back(result.hidden);
  }
  return {result.output, stack(hidden)};
}

}  // namespace

TEST_CASE("every layer gives PyTorch's values and gradients", "[reference]") {
  std::map<std::string, Case> cases = simple_cases();
  cases["lstm"] = {many_steps, {lstm_layers, composed_lstm_layers, lstm_steps}};
  cases["rnn"] = {many_steps, {rnn_layers, composed_rnn_layers, rnn_steps}};
  check_records("layers.safetensors", cases);
}

}  // namespace glance
