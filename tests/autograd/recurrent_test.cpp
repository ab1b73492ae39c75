#include "glance/autograd/recurrent.h"

#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

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

const Tensor ragged = tensor({2, 4, 0, 3}, i64);

}  // namespace

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

TEST_CASE("shapes that do not fit a recurrent layer are named") {
  auto all = inputs(4, 2, 3, 2, 3);
  CHECK_THROWS_WITH(lstm(all[0], {zeros({12, 5}, f64), all[2], all[3], all[4]}),
                    Contains("lstm") && Contains("[12, 5]"));
  CHECK_THROWS_WITH(lstm(all[0], {all[1], all[2], all[3], all[4]}, {}, tensor({1, 9}, i64)), Contains("9"));
  CHECK_THROWS_WITH(rnn(all[0], {all[1], all[2], all[3], all[4]}, Nonlinearity::tanh), Contains("rnn"));
}
