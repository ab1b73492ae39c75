// The loops over layers and directions that all recurrent stacks share.
#include "glance/nn/recurrent.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "glance/autograd/activations.h"
#include "glance/autograd/views.h"
#include "glance/nn/init.h"

namespace glance {

namespace {

RecurrentWeights recurrent_weights(Index in, Index hidden, Index gates, Generator& generator,
                                   const RecurrentOptions& options) {
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  RecurrentWeights weights;
  weights.weight_ih = uniform_parameter({gates * hidden, in}, bound, generator, options.dtype);
  weights.weight_hh = uniform_parameter({gates * hidden, hidden}, bound, generator, options.dtype);
  if (options.bias) {
    weights.bias_ih = uniform_parameter({gates * hidden}, bound, generator, options.dtype);
    weights.bias_hh = uniform_parameter({gates * hidden}, bound, generator, options.dtype);
  }
  return weights;
}

void add_forget_bias(const RecurrentWeights& weights, double bias) {
  const Tensor& bias_ih = weights.bias_ih.value();
  const Index hidden = bias_ih.shape(0) / 4;
  dispatch_floating("LSTM", bias_ih.dtype(), [&]<class T>() {
    T* forget = bias_ih.write<T>() + hidden;  // gates stand in the order i, f, g, o
    for (Index j = 0; j < hidden; ++j) forget[j] += static_cast<T>(bias);
  });
}

// Zeros for every layer when no state was given; otherwise there must be one for each.
std::vector<RecurrentState> states_for(const RecurrentStack& stack, const RecurrentStack::State& state) {
  stack.moved.check("recurrent layers");
  state.moved.check("recurrent state");
  if (state.layers.empty()) return std::vector<RecurrentState>(stack.layers.size());
  if (state.layers.size() != stack.layers.size())
    throw Error(fmt::format("{}: {} layers{}, but the state has {}", describe(stack.cell).layer,
                            stack.bidirectional ? stack.layers.size() / 2 : stack.layers.size(),
                            stack.bidirectional ? " in two directions" : "", state.layers.size()));
  return state.layers;
}

}  // namespace

RecurrentStack::RecurrentStack(CellKind kind, Index in, Index hidden, Generator& generator,
                               const RecurrentOptions& options)
    : cell(kind), dropout(options.dropout), bidirectional(options.bidirectional) {
  const CellDescription description = describe(kind);
  if (in < 1 || hidden < 1 || options.layers < 1)
    throw Error(fmt::format("{}: {} inputs, {} hidden, {} layers: each must be at least 1", description.layer, in,
                            hidden, options.layers));
  if (options.forget_bias != 0 && kind != CellKind::lstm)
    throw Error(fmt::format("{}: it has no forget gate, so forget_bias must be 0", description.layer));
  if (options.forget_bias != 0 && !options.bias) throw Error("LSTM: a forget bias needs bias = true");
  const int directions = bidirectional ? 2 : 1;
  for (int layer = 0; layer < options.layers; ++layer)
    for (int direction = 0; direction < directions; ++direction) {
      const Index features = layer == 0 ? in : directions * hidden;
      layers.push_back(recurrent_weights(features, hidden, description.gates, generator, options));
      if (options.forget_bias != 0) add_forget_bias(layers.back(), options.forget_bias);
    }
}

RecurrentStack::Output RecurrentStack::operator()(const Variable& x, const State& state, const Lengths& lengths,
                                                  Generator* noise) const {
  const std::vector<RecurrentState> before = states_for(*this, state);
  const std::size_t directions = bidirectional ? 2 : 1;
  Output result{x, {}};
  for (std::size_t i = 0; i < layers.size(); i += directions) {
    const Variable input = i == 0 ? x : glance::dropout(result.output, dropout, noise);
    auto forward = recurrent(cell, input, layers[i], before[i], lengths.values);
    result.state.layers.push_back(std::move(forward.state));
    result.output = std::move(forward.output);
    if (!bidirectional) continue;
    auto reverse = recurrent(cell, input, layers[i + 1], before[i + 1], lengths.values, Direction::reverse);
    result.state.layers.push_back(std::move(reverse.state));
    result.output = concat({result.output, reverse.output}, -1);
  }
  return result;
}

RecurrentStack::State RecurrentStack::step(const Variable& x, const State& state, Generator* noise) const {
  if (bidirectional)
    throw Error(
        fmt::format("{}::step: one of the two directions starts at the end of the sequence, so there is no "
                    "single step: call the layer on whole sequences",
                    describe(cell).layer));
  const std::vector<RecurrentState> before = states_for(*this, state);
  State after;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Variable input = i == 0 ? x : glance::dropout(after.layers[i - 1].hidden, dropout, noise);
    after.layers.push_back(recurrent_step(cell, input, layers[i], before[i]));
  }
  return after;
}

}  // namespace glance
