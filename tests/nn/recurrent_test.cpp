#include "glance/nn/recurrent.h"

#include "glance/autograd/views.h"
#include "glance/nn/module.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

std::vector<std::string> names(const std::vector<NamedParameter>& list) {
  std::vector<std::string> result;
  for (const auto& named : list) result.push_back(named.name);
  return result;
}

}  // namespace

TEST_CASE("layers have PyTorch's names and shapes") {
  Generator g(1);
  const LSTM lstm(3, 4, g, {.layers = 2});
  CHECK(names(named_parameters(lstm)) == std::vector<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0",
                                                                  "bias_hh_l0", "weight_ih_l1", "weight_hh_l1",
                                                                  "bias_ih_l1", "bias_hh_l1"});
  const auto state = state_dict(lstm);
  CHECK(state.at("weight_ih_l0").shape() == Shape{16, 3});
  CHECK(state.at("weight_ih_l1").shape() == Shape{16, 4});
  CHECK(state_dict(RNN(3, 4, g, {.bias = false})).size() == 2);
}

TEST_CASE("a step at a time gives what the whole sequence gives") {
  Generator g(1);
  const LSTM lstm(3, 4, g, {.layers = 2, .dtype = f64});
  const RNN rnn(3, 4, g, {.layers = 2, .dtype = f64}, Nonlinearity::relu);
  const Variable x = normal({2, 5, 3}, g, 0, 1, f64);
  const auto check = [&](const auto& layer, const auto& hidden) {
    const auto [output, last] = layer(x);
    std::decay_t<decltype(last)> state;
    for (Index t = 0; t < 5; ++t) {
      state = layer.step(select(x, 1, t), state);
      CHECK(all_close(hidden(state), select(output.value(), 1, t), 1e-12, 1e-12));
    }
  };
  check(lstm, [](const LSTM::State& s) { return s.layers.back().hidden.value(); });
  check(rnn, [](const RNN::State& s) { return s.layers.back().value(); });
}

TEST_CASE("a padded batch gives what each sequence gives alone") {
  Generator g(1);
  const LSTM lstm(3, 4, g, {.layers = 2, .dtype = f64});
  const Variable x = normal({3, 5, 3}, g, 0, 1, f64);
  const std::vector<Index> lengths = {5, 2, 3};
  const auto together = lstm(x, {}, Lengths(lengths, 5));
  for (Index row = 0; row < 3; ++row) {
    const auto alone = lstm(slice(slice(x, 0, row, row + 1), 1, 0, lengths[static_cast<std::size_t>(row)]));
    for (std::size_t layer = 0; layer < 2; ++layer)
      CHECK(all_close(select(together.state.layers[layer].cell.value(), 0, row),
                      select(alone.state.layers[layer].cell.value(), 0, 0), 1e-12, 1e-12));
  }
}

TEST_CASE("the forget bias is on the forget gate alone") {
  Generator a(1), b(1);
  const LSTM plain(2, 3, a), remembering(2, 3, b, {.forget_bias = 1});
  const Tensor difference = remembering.layers[0].bias_ih.value() - plain.layers[0].bias_ih.value();
  CHECK(all_close(difference, tensor({0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0}), 1e-6, 1e-6));
}

TEST_CASE("dropout between layers comes with a generator, and only then") {
  Generator g(1);
  const LSTM lstm(2, 8, g, {.layers = 2, .dropout = 0.5});
  const Variable x = normal({2, 3, 2}, g);
  const Tensor quiet = lstm(x).output.value();
  CHECK(same(quiet, lstm(x).output.value()));
  Generator noise(1);
  CHECK_FALSE(same(quiet, lstm(x, {}, {}, &noise).output.value()));
}

TEST_CASE("options that make no sense are errors") {
  Generator g(1);
  CHECK_THROWS_WITH(LSTM(0, 3, g), "LSTM: 0 inputs, 3 hidden, 1 layers: each must be at least 1");
  CHECK_THROWS_WITH(LSTM(2, 3, g, {.bias = false, .forget_bias = 1}), "LSTM: a forget bias needs bias = true");
  CHECK_THROWS_WITH(RNN(2, 3, g, {.forget_bias = 1}), "RNN: it has no forget gate, so forget_bias must be 0");
  const LSTM lstm(2, 3, g, {.layers = 2});
  LSTM::State one_layer;
  one_layer.layers.resize(1);
  CHECK_THROWS_WITH(lstm(zeros({1, 1, 2}), one_layer), "LSTM: 2 layers, but the state has 1");
}
