#include "autograd/recurrent.h"

#include "autograd/gradcheck.h"
#include "autograd/views.h"
#include "tensor/random.h"
#include "tensor/view.h"
#include "tests/autograd/twins.h"

using namespace glance;
using Catch::Matchers::Contains;

namespace {

// x, weight_ih, weight_hh, bias_ih, bias_hh, hidden (and for an LSTM cell), small and random.
std::vector<Tensor> inputs(Index gates, Index batch, Index time, Index in, Index hidden, DType dtype = f64) {
  Generator g(7);
  const auto random = [&](const Shape& shape) { return normal(shape, g, 0, 0.5, dtype); };
  std::vector<Tensor> list = {time > 0 ? random({batch, time, in}) : random({batch, in}),
                              random({gates * hidden, in}),
                              random({gates * hidden, hidden}),
                              random({gates * hidden}),
                              random({gates * hidden}),
                              random({batch, hidden})};
  if (gates == 4) list.push_back(random({batch, hidden}));
  return list;
}

template <class Lstm>
ManyToMany whole(Lstm lstm_like, const Tensor& lengths) {
  return [=](std::span<const Variable> in) {
    const auto [output, state] = lstm_like(in[0], {in[1], in[2], in[3], in[4]}, {in[5], in[6]}, lengths);
    return std::vector<Variable>{output, state.hidden, state.cell};
  };
}

template <class Rnn>
ManyToMany whole(Rnn rnn_like, Nonlinearity nonlinearity, const Tensor& lengths) {
  return [=](std::span<const Variable> in) {
    const auto [output, hidden] = rnn_like(in[0], {in[1], in[2], in[3], in[4]}, nonlinearity, in[5], lengths);
    return std::vector<Variable>{output, hidden};
  };
}

const Tensor ragged = tensor({2, 4, 0, 3}, i64);

}  // namespace

TEST_CASE("the fused LSTM is its twin") {
  for (const Tensor& lengths : {Tensor(), ragged}) {
    for (const Index hidden : {1, 5, 16}) {
      check_twins(whole(lstm, lengths), whole(composed_lstm, lengths), inputs(4, 4, 4, 3, hidden));
      check_twins(whole(lstm, lengths), whole(composed_lstm, lengths), inputs(4, 4, 4, 3, hidden, f32), 2e-5);
    }
  }
}

TEST_CASE("the fused LSTM without biases or states is its twin") {
  const auto with = [](auto lstm_like) {
    return [=](std::span<const Variable> in) {
      const auto [output, state] = lstm_like(in[0], {in[1], in[2], {}, {}}, {}, Tensor());
      return std::vector<Variable>{output, state.hidden, state.cell};
    };
  };
  const auto all = inputs(4, 2, 3, 2, 3);
  check_twins(with(lstm), with(composed_lstm), {all[0], all[1], all[2]});
}

TEST_CASE("the LSTM's derivatives of both orders are right") {
  gradcheck(whole(lstm, {}), inputs(4, 2, 2, 2, 2));
  gradcheck(whole(lstm, tensor({1, 3, 0}, i64)), inputs(4, 3, 3, 2, 2));
}

TEST_CASE("an LSTM fed its own state twice counts it twice") {
  // One variable is hidden and cell at once, and both biases.
  const auto all = inputs(4, 2, 2, 2, 2);
  gradcheck(
      [](const Variable& x, const Variable& w_ih, const Variable& w_hh, const Variable& b, const Variable& state) {
        return lstm(x, {w_ih, w_hh, b, b}, {state, state}).output;
      },
      {all[0], all[1], all[2], all[3], all[5]});
}

TEST_CASE("one step of the LSTM is its twin, and its derivatives are right") {
  const auto step = [](auto cell_like) {
    return [=](std::span<const Variable> in) {
      const auto [hidden, cell] = cell_like(in[0], {in[1], in[2], in[3], in[4]}, {in[5], in[6]});
      return std::vector<Variable>{hidden, cell};
    };
  };
  check_twins(step(lstm_cell), step(composed_lstm_cell), inputs(4, 3, 0, 2, 5));
  gradcheck(step(lstm_cell), inputs(4, 2, 0, 2, 2));
}

TEST_CASE("steps one after the other are the whole sequence") {
  const auto all = inputs(4, 3, 4, 2, 5);
  const RecurrentWeights weights{all[1], all[2], all[3], all[4]};
  LstmState state{all[5], all[6]};
  const auto [output, last] = lstm(all[0], weights, state);
  for (Index t = 0; t < 4; ++t) {
    state = lstm_cell(select(Variable(all[0]), 1, t), weights, state);
    CHECK(all_close(state.hidden.value(), select(output.value(), 1, t), 1e-12, 1e-12));
  }
  CHECK(all_close(state.cell.value(), last.cell.value(), 1e-12, 1e-12));
}

TEST_CASE("a padded sequence gives what it gives alone") {
  const auto all = inputs(4, 4, 4, 3, 5);
  const RecurrentWeights weights{all[1], all[2], all[3], all[4]};
  const auto [output, state] = lstm(all[0], weights, {}, ragged);
  for (Index row = 0; row < 4; ++row) {
    const Index length = ragged.values<Index>()[static_cast<std::size_t>(row)];
    const Tensor alone = slice(slice(all[0], 0, row, row + 1), 1, 0, length);
    const auto [alone_output, alone_state] = lstm(alone, weights);
    CHECK(all_close(slice(select(output.value(), 0, row), 0, 0, length), select(alone_output.value(), 0, 0), 1e-12,
                    1e-12));
    CHECK(all_close(select(state.hidden.value(), 0, row), select(alone_state.hidden.value(), 0, 0), 1e-12, 1e-12));
    CHECK(same(slice(select(output.value(), 0, row), 0, length, 4), zeros({4 - length, 5}, f64)));
  }
}

TEST_CASE("the fused RNN is its twin") {
  for (const auto phi : {Nonlinearity::tanh, Nonlinearity::relu}) {
    for (const Tensor& lengths : {Tensor(), ragged}) {
      check_twins(whole(rnn, phi, lengths), whole(composed_rnn, phi, lengths), inputs(1, 4, 4, 3, 5));
      check_twins(whole(rnn, phi, lengths), whole(composed_rnn, phi, lengths), inputs(1, 4, 4, 3, 16, f32), 2e-5);
    }
  }
}

TEST_CASE("the RNN's derivatives of both orders are right") {
  gradcheck(whole(rnn, Nonlinearity::tanh, {}), inputs(1, 2, 3, 2, 2));
  gradcheck(whole(rnn, Nonlinearity::tanh, tensor({1, 3, 0}, i64)), inputs(1, 3, 3, 2, 2));
  gradcheck(whole(rnn, Nonlinearity::relu, {}), inputs(1, 2, 3, 2, 2));
}

TEST_CASE("shapes that do not fit a recurrent layer are named") {
  auto all = inputs(4, 2, 3, 2, 3);
  CHECK_THROWS_WITH(lstm(all[0], {zeros({12, 5}, f64), all[2], all[3], all[4]}),
                    Contains("lstm") && Contains("[12, 5]"));
  CHECK_THROWS_WITH(lstm(all[0], {all[1], all[2], all[3], all[4]}, {}, tensor({1, 9}, i64)), Contains("9"));
  CHECK_THROWS_WITH(rnn(all[0], {all[1], all[2], all[3], all[4]}, Nonlinearity::tanh), Contains("rnn"));
}
