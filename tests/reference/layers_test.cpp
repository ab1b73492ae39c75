// Layers and losses against PyTorch: values and gradients.
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

Lengths lengths_of(const Call& c) {
  const Tensor lengths = c.tensor_or_none("lengths");
  if (!lengths.defined()) return {};
  return Lengths(lengths.to_vector<Index>(), c["x"].shape(1));
}

// The call's layers, with its weights under PyTorch's names.
RecurrentStack stack_of(const Call& c) {
  static const std::map<std::string, CellKind> kinds = {
      {"lstm", CellKind::lstm}, {"gru", CellKind::gru}, {"tanh", CellKind::rnn}, {"relu", CellKind::rnn_relu}};
  Generator generator(1);
  RecurrentStack result(kinds.at(c.get<std::string>("kind")), 1, 1, generator,
                        {.layers = c.get<int>("layers"), .bidirectional = c.has("bidirectional")});
  RecurrentStack::visit(result, [&](const std::string& name, Variable& weight) { weight = c[name]; });
  return result;
}

// The states that the call starts from, of tensors [layers, batch, hidden].
RecurrentStack::State state_of(const Call& c, const RecurrentStack& layers) {
  RecurrentStack::State state;
  for (std::size_t i = 0; c["hidden"].defined() && i < layers.layers.size(); ++i) {
    const int layer = static_cast<int>(i);
    state.layers.push_back(
        {select(c["hidden"], 0, layer), c["cell"].defined() ? select(c["cell"], 0, layer) : Variable()});
  }
  return state;
}

// What PyTorch returns: the outputs, then hidden and, of an LSTM, cell states [layers, batch, hidden].
List stacked(const Variable& output, const RecurrentStack::State& state) {
  List hidden, cell;
  for (const RecurrentState& layer : state.layers) {
    hidden.push_back(layer.hidden);
    if (layer.cell.defined()) cell.push_back(layer.cell);
  }
  return cell.empty() ? List{output, stack(hidden)} : List{output, stack(hidden), stack(cell)};
}

List recurrent_layers(const Call& c) {
  const RecurrentStack layers = stack_of(c);
  const RecurrentStack::Output result = layers(c["x"], state_of(c, layers), lengths_of(c));
  return stacked(result.output, result.state);
}

// The same, layer by layer and direction by direction, in public operations.
List composed_layers(const Call& c) {
  const RecurrentStack layers = stack_of(c);
  RecurrentStack::State before = state_of(c, layers), after;
  before.layers.resize(layers.layers.size());
  const std::size_t directions = layers.bidirectional ? 2 : 1;
  Variable output = c["x"];
  for (std::size_t i = 0; i < layers.layers.size(); i += directions) {
    List outputs;
    for (std::size_t d = 0; d < directions; ++d) {
      RecurrentOutput one =
          composed_recurrent(layers.cell, output, layers.layers[i + d], before.layers[i + d],
                             c.tensor_or_none("lengths"), d == 0 ? Direction::forward : Direction::reverse);
      outputs.push_back(one.output);
      after.layers.push_back(one.state);
    }
    output = concat(outputs, -1);
  }
  return stacked(output, after);
}

// A state goes on where the sequence does, and stays where it has ended.
Variable go_on(const Tensor& visible, const Variable& next, const Variable& before) {
  if (!next.defined()) return next;
  return where(visible, next, before.defined() ? before : Variable(zeros_like(next.value())));
}

// One step after the other, where there is one direction; the whole at once where there are two.
List layers_by_steps(const Call& c) {
  const RecurrentStack layers = stack_of(c);
  if (layers.bidirectional) return recurrent_layers(c);
  RecurrentStack::State state = state_of(c, layers);
  state.layers.resize(layers.layers.size());
  const Tensor all = lengths_of(c).visible;
  List outputs;
  for (Index t = 0; t < c["x"].shape(1); ++t) {
    const RecurrentStack::State next = layers.step(select(c["x"], 1, t), state);
    const Tensor visible = all.defined() ? slice(all, 1, t, t + 1) : ones({c["x"].shape(0), 1}, boolean);
    outputs.push_back(where(visible, next.layers.back().hidden, 0.0));
    for (std::size_t i = 0; i < next.layers.size(); ++i)
      state.layers[i] = {go_on(visible, next.layers[i].hidden, state.layers[i].hidden),
                         go_on(visible, next.layers[i].cell, state.layers[i].cell)};
  }
  return stacked(stack(outputs, 1), state);
}

}  // namespace

TEST_CASE("every layer gives PyTorch's values and gradients", "[reference]") {
  std::map<std::string, Case> cases = simple_cases();
  cases["recurrent"] = {many_steps, {recurrent_layers, composed_layers, layers_by_steps}};
  check_records("layers.safetensors", cases);
}

}  // namespace glance
