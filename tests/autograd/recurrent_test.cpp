// Steps, whole sequences, padded ones and reversed ones agree, for each kind of cell.
#include "glance/autograd/recurrent.h"

#include <cmath>

#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

constexpr CellKind kinds[] = {CellKind::lstm, CellKind::rnn, CellKind::gru, CellKind::rnn_relu};

// Small and random, for a layer over sequences.
struct Inputs {
  Tensor x;
  RecurrentWeights weights;
  RecurrentState state;
};

Inputs inputs(CellKind kind, Index batch, Index time, Index in, Index hidden) {
  Generator g(7);
  const auto random = [&](const Shape& shape) { return normal(shape, g, 0, 0.5, f64); };
  const CellDescription cell = describe(kind);
  const Index width = cell.gates * hidden;
  return {random({batch, time, in}),
          {random({width, in}), random({width, hidden}), random({width}), random({width})},
          {random({batch, hidden}), cell.has_cell ? Variable(random({batch, hidden})) : Variable()}};
}

bool close(const Variable& a, const Tensor& b) { return all_close(a.value(), b, 1e-12, 1e-12); }

const Tensor ragged = tensor({2, 4, 0, 3}, i64);

}  // namespace

TEST_CASE("steps one after the other are the whole sequence, from either end") {
  for (const CellKind kind : kinds)
    for (const Direction direction : {Direction::forward, Direction::reverse}) {
      INFO(describe(kind).name << " " << static_cast<int>(kind) << (direction == Direction::reverse ? " reverse" : ""));
      const Inputs all = inputs(kind, 3, 4, 2, 5);
      const auto [output, last] = recurrent(kind, all.x, all.weights, all.state, {}, direction);
      RecurrentState state = all.state;
      for (Index step = 0; step < 4; ++step) {
        const Index t = direction == Direction::forward ? step : 3 - step;
        state = recurrent_step(kind, select(Variable(all.x), 1, t), all.weights, state);
        CHECK(close(state.hidden, select(output.value(), 1, t)));
      }
      CHECK(close(state.hidden, last.hidden.value()));
      CHECK(last.cell.defined() == (kind == CellKind::lstm));
      if (last.cell.defined()) CHECK(close(state.cell, last.cell.value()));
    }
}

TEST_CASE("a padded sequence gives what it gives alone, from either end") {
  for (const CellKind kind : kinds)
    for (const Direction direction : {Direction::forward, Direction::reverse}) {
      const Inputs all = inputs(kind, 4, 4, 3, 5);
      const auto [output, state] = recurrent(kind, all.x, all.weights, {}, ragged, direction);
      for (Index row = 0; row < 4; ++row) {
        const Index length = ragged.values<Index>()[static_cast<std::size_t>(row)];
        const Tensor alone = slice(slice(all.x, 0, row, row + 1), 1, 0, length);
        const auto [alone_output, alone_state] = recurrent(kind, alone, all.weights, {}, {}, direction);
        const Tensor mine = select(output.value(), 0, row);
        CHECK(close(slice(mine, 0, 0, length), select(alone_output.value(), 0, 0)));
        CHECK(close(select(state.hidden, 0, row), select(alone_state.hidden.value(), 0, 0)));
        CHECK(same(slice(mine, 0, length, 4), zeros({4 - length, 5}, f64)));
      }
    }
}

TEST_CASE("reading in reverse is reading the reversed sequence") {
  const Inputs all = inputs(CellKind::gru, 2, 3, 2, 4);
  const Tensor order = tensor({2, 1, 0}, i64);
  const auto [output, state] = gru(all.x, all.weights, all.state, {}, Direction::reverse);
  const auto [turned, last] = gru(index_select(all.x, 1, order), all.weights, all.state);
  CHECK(close(output, index_select(turned.value(), 1, order)));
  CHECK(close(state.hidden, last.hidden.value()));
}

// h = 0.5, x = 1, all weights and biases chosen so that r, z and n are plain to compute by hand.
TEST_CASE("a GRU applies its reset gate after the product, and so to b_hn too") {
  const RecurrentWeights weights{tensor({{0.1}, {0.2}, {0.3}}, f64), tensor({{0.4}, {0.5}, {0.6}}, f64),
                                 tensor({0.01, 0.02, 0.03}, f64), tensor({0.04, 0.05, 0.06}, f64)};
  const auto sigma = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double r = sigma(0.1 + 0.01 + 0.4 * 0.5 + 0.04), z = sigma(0.2 + 0.02 + 0.5 * 0.5 + 0.05);
  const double n = std::tanh(0.3 + 0.03 + r * (0.6 * 0.5 + 0.06));
  const RecurrentState state{tensor({{0.5}}, f64), {}};
  const double expected = (1 - z) * n + z * 0.5;
  CHECK(gru_cell(tensor({{1}}, f64), weights, state).hidden.item() == Approx(expected).epsilon(1e-14));
  CHECK(composed_recurrent_step(CellKind::gru, tensor({{1}}, f64), weights, state).hidden.item() ==
        Approx(expected).epsilon(1e-14));
}

TEST_CASE("a step records one operation, with or without a cell state") {
  for (const CellKind kind : kinds) {
    const Inputs all = inputs(kind, 2, 1, 3, 4);
    RecurrentWeights weights = all.weights;
    weights.weight_hh = parameter(weights.weight_hh.value());
    const RecurrentState next = recurrent_step(kind, select(Variable(all.x), 1, 0), weights, all.state);
    CHECK(std::string(next.hidden.node()->name()) == describe(kind).step_name);
  }
}

TEST_CASE("shapes that do not fit a recurrent layer are named") {
  const Inputs all = inputs(CellKind::lstm, 2, 3, 2, 3);
  RecurrentWeights wide = all.weights;
  wide.weight_ih = zeros({12, 5}, f64);
  CHECK_THROWS_WITH(lstm(all.x, wide), Contains("lstm") && Contains("[12, 5]"));
  CHECK_THROWS_WITH(lstm(all.x, all.weights, {}, tensor({1, 9}, i64)), Contains("9"));
  CHECK_THROWS_WITH(rnn(all.x, all.weights, Nonlinearity::tanh), "rnn: weight_hh is [12, 3], expected [3, 3]");
  CHECK_THROWS_WITH(gru(all.x, all.weights), "gru: weight_hh is [12, 3], expected [9, 3]");
  const Inputs of_gru = inputs(CellKind::gru, 2, 3, 2, 3);
  CHECK_THROWS_WITH(gru(of_gru.x, of_gru.weights, all.state),
                    "gru: a cell state was given, but its state is `hidden` alone");
  CHECK_THROWS_WITH(gru_cell(of_gru.x, of_gru.weights), "gru_cell: x is [2, 3, 2], expected [batch, in]");
  CHECK_THROWS_WITH(describe(static_cast<CellKind>(9)), Contains("none of lstm, rnn, gru, rnn_relu"));
}
