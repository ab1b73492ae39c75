#include "glance/nn/recurrent.h"

#include <cmath>

#include "glance/autograd/activations.h"
#include "glance/nn/init.h"
#include "glance/tensor/formatted.h"

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

void check_options(const char* layer, Index in, Index hidden, const RecurrentOptions& options) {
  if (in < 1 || hidden < 1 || options.layers < 1)
    throw Error(
        formatted("{}: {} inputs, {} hidden, {} layers: each must be at least 1", layer, in, hidden, options.layers));
}

// Zeros for every layer when no state was given; otherwise there must be one a layer.
template <class State>
State state_for(const char* layer, const State& state, std::size_t layers) {
  if (!state.layers.empty() && state.layers.size() != layers)
    throw Error(formatted("{}: {} layers, but the state has {}", layer, layers, state.layers.size()));
  State result = state;
  result.layers.resize(layers);
  return result;
}

}  // namespace

LSTM::LSTM(Index in, Index hidden, Generator& generator, const RecurrentOptions& options) : dropout(options.dropout) {
  check_options("LSTM", in, hidden, options);
  if (options.forget_bias != 0 && !options.bias) throw Error("LSTM: a forget bias needs bias = true");
  for (int i = 0; i < options.layers; ++i) {
    layers.push_back(recurrent_weights(i == 0 ? in : hidden, hidden, 4, generator, options));
    if (options.forget_bias == 0) continue;
    dispatch_floating("LSTM", options.dtype, [&]<class T>() {
      T* forget = layers.back().bias_ih.value().write<T>() + hidden;  // gates stand in the order i, f, g, o
      for (Index j = 0; j < hidden; ++j) forget[j] += static_cast<T>(options.forget_bias);
    });
  }
}

LSTM::Output LSTM::operator()(const Variable& x, const State& state, const Lengths& lengths, Generator* noise) const {
  const State before = state_for("LSTM", state, layers.size());
  Output result{x, {}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (i > 0) result.output = glance::dropout(result.output, dropout, noise);
    LstmOutput layer = lstm(result.output, layers[i], before.layers[i], lengths.values);
    result.output = std::move(layer.output);
    result.state.layers.push_back(std::move(layer.state));
  }
  return result;
}

LSTM::State LSTM::step(const Variable& x, const State& state, Generator* noise) const {
  const State before = state_for("LSTM", state, layers.size());
  State after;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Variable input = i == 0 ? x : glance::dropout(after.layers[i - 1].hidden, dropout, noise);
    after.layers.push_back(lstm_cell(input, layers[i], before.layers[i]));
  }
  return after;
}

RNN::RNN(Index in, Index hidden, Generator& generator, const RecurrentOptions& options, Nonlinearity phi)
    : dropout(options.dropout), nonlinearity(phi) {
  check_options("RNN", in, hidden, options);
  if (options.forget_bias != 0) throw Error("RNN: it has no forget gate, so forget_bias must be 0");
  for (int i = 0; i < options.layers; ++i)
    layers.push_back(recurrent_weights(i == 0 ? in : hidden, hidden, 1, generator, options));
}

RNN::Output RNN::operator()(const Variable& x, const State& state, const Lengths& lengths, Generator* noise) const {
  const State before = state_for("RNN", state, layers.size());
  Output result{x, {}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (i > 0) result.output = glance::dropout(result.output, dropout, noise);
    RnnOutput layer = rnn(result.output, layers[i], nonlinearity, before.layers[i], lengths.values);
    result.output = std::move(layer.output);
    result.state.layers.push_back(std::move(layer.hidden));
  }
  return result;
}

RNN::State RNN::step(const Variable& x, const State& state, Generator* noise) const {
  const State before = state_for("RNN", state, layers.size());
  State after;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Variable input = i == 0 ? x : glance::dropout(after.layers[i - 1], dropout, noise);
    after.layers.push_back(rnn_cell(input, layers[i], nonlinearity, before.layers[i]));
  }
  return after;
}

}  // namespace glance
