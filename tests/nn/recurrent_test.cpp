// Stacks of recurrent layers: PyTorch's names, steps like sequences, padded like alone, in both directions.
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
  CHECK(state_dict(GRU(3, 4, g)).at("weight_hh_l0").shape() == Shape{12, 4});
}

TEST_CASE("two directions have PyTorch's names, and the layer above reads both") {
  Generator g(1);
  const GRU gru(3, 4, g, {.layers = 2, .bias = false, .bidirectional = true});
  CHECK(names(named_parameters(gru)) == std::vector<std::string>{"weight_ih_l0", "weight_hh_l0", "weight_ih_l0_reverse",
                                                                 "weight_hh_l0_reverse", "weight_ih_l1", "weight_hh_l1",
                                                                 "weight_ih_l1_reverse", "weight_hh_l1_reverse"});
  CHECK(state_dict(gru).at("weight_ih_l1_reverse").shape() == Shape{12, 8});
}

TEST_CASE("a stack whose cell is chosen at run time is the one of that name") {
  for (const CellKind kind : {CellKind::lstm, CellKind::gru}) {
    Generator a(3), b(3), g(4);
    const RecurrentStack chosen(kind, 3, 4, a, {.layers = 2});
    const Variable x = normal({2, 5, 3}, g);
    const Tensor named = kind == CellKind::lstm ? LSTM(3, 4, b, {.layers = 2})(x).output.value()
                                                : GRU(3, 4, b, {.layers = 2})(x).output.value();
    CHECK(same(chosen(x).output.value(), named));
  }
}

TEST_CASE("a step at a time gives what the whole sequence gives") {
  Generator g(1);
  const RecurrentOptions options{.layers = 2, .dtype = f64};
  const Variable x = normal({2, 5, 3}, g, 0, 1, f64);
  for (const RecurrentStack& layer :
       {RecurrentStack(LSTM(3, 4, g, options)), RecurrentStack(GRU(3, 4, g, options)),
        RecurrentStack(RNN(3, 4, g, options)), RecurrentStack(RNN(3, 4, g, options, Nonlinearity::relu))}) {
    const auto [output, last] = layer(x);
    RecurrentStack::State state;
    for (Index t = 0; t < 5; ++t) {
      state = layer.step(select(x, 1, t), state);
      CHECK(all_close(state.layers.back().hidden.value(), select(output.value(), 1, t), 1e-12, 1e-12));
    }
    CHECK(all_close(state.layers[0].hidden.value(), last.layers[0].hidden.value(), 1e-12, 1e-12));
  }
}

TEST_CASE("a padded batch gives what each sequence gives alone, in two directions too") {
  Generator g(1);
  for (const bool bidirectional : {false, true}) {
    const LSTM lstm(3, 4, g, {.layers = 2, .bidirectional = bidirectional, .dtype = f64});
    const Variable x = normal({3, 5, 3}, g, 0, 1, f64);
    const std::vector<Index> lengths = {5, 2, 3};
    const auto together = lstm(x, {}, Lengths(lengths, 5));
    CHECK(together.state.layers.size() == (bidirectional ? 4 : 2));
    for (Index row = 0; row < 3; ++row) {
      const Index length = lengths[static_cast<std::size_t>(row)];
      const auto alone = lstm(slice(slice(x, 0, row, row + 1), 1, 0, length));
      CHECK(all_close(slice(select(together.output.value(), 0, row), 0, 0, length), select(alone.output.value(), 0, 0),
                      1e-12, 1e-12));
      for (std::size_t layer = 0; layer < together.state.layers.size(); ++layer)
        CHECK(all_close(select(together.state.layers[layer].cell.value(), 0, row),
                        select(alone.state.layers[layer].cell.value(), 0, 0), 1e-12, 1e-12));
    }
  }
}

TEST_CASE("two directions are one layer read from each end, side by side") {
  Generator g(1);
  const RNN rnn(3, 4, g, {.bidirectional = true, .dtype = f64});
  const Variable x = normal({2, 5, 3}, g, 0, 1, f64);
  const auto [output, state] = rnn(x);
  CHECK(output.shape() == Shape{2, 5, 8});
  const auto forward = glance::rnn(x, rnn.layers[0], Nonlinearity::tanh);
  const auto reverse = glance::rnn(x, rnn.layers[1], Nonlinearity::tanh, {}, {}, Direction::reverse);
  CHECK(same(slice(output.value(), 2, 0, 4), forward.output.value()));
  CHECK(same(slice(output.value(), 2, 4, 8), reverse.output.value()));
  CHECK(same(state.layers[1].hidden.value(), select(reverse.output.value(), 1, 0)));
}

TEST_CASE("what is derived from visit works on states too") {
  Generator g(1);
  const Variable x = normal({2, 5, 3}, g);
  CHECK(names(all_named_parameters(LSTM(3, 4, g)(x).state)) ==
        std::vector<std::string>{"layers.0.hidden", "layers.0.cell"});
  CHECK(names(all_named_parameters(GRU(3, 4, g, {.bidirectional = true})(x).state)) ==
        std::vector<std::string>{"layers.0.hidden", "layers.1.hidden"});
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
  CHECK_THROWS_WITH(GRU(2, 3, g, {.forget_bias = 1}), "GRU: it has no forget gate, so forget_bias must be 0");
  const GRU both(2, 3, g, {.bidirectional = true});
  CHECK_THROWS_WITH(both(zeros({1, 1, 2}), one_layer), "GRU: 1 layers in two directions, but the state has 1");
  CHECK_THROWS_WITH(both.step(zeros({1, 2}), {}),
                    "GRU::step: one of the two directions starts at the end of the sequence, so there is no single "
                    "step: call the layer on whole sequences");
}
