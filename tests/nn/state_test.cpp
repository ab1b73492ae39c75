// Rows are taken of a state of any form, and gradients go through.
#include "glance/nn/state.h"

#include <optional>
#include <variant>
#include <vector>

#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

namespace {

struct Layer1 {
  Variable hidden, cell;
  static void visit(auto& self, auto&& f) {
    f("hidden", self.hidden);
    f("cell", self.cell);
  }
};

struct Cache {
  Tensor seen;
  static void visit(auto& self, auto&& f) { f("seen", self.seen); }
};

struct State {
  std::vector<Layer1> layers;
  std::optional<Variable> extra;
  std::variant<std::monostate, Cache> cache;
  static void visit(auto& self, auto&& f) {
    f("layers", self.layers);
    f("extra", self.extra);
    f("cache", self.cache);
  }
};

const Tensor rows = tensor({2, 0, 2, 1}, i64);

}  // namespace

TEST_CASE("rows are taken of all that a state is made of") {
  State state;
  state.layers.push_back({tensor({{1, 2}, {3, 4}, {5, 6}}), {}});
  state.layers.push_back({tensor({7, 8, 9}), tensor({{1}, {2}, {3}})});
  state.extra = tensor({10, 20, 30});
  state.cache = Cache{tensor({true, false, true}, boolean)};
  const State taken = take_rows(state, rows);
  CHECK(same(taken.layers[0].hidden.value(), tensor({{5, 6}, {1, 2}, {5, 6}, {3, 4}})));
  CHECK_FALSE(taken.layers[0].cell.defined());
  CHECK(same(taken.layers[1].hidden.value(), tensor({9, 7, 9, 8})));
  CHECK(same(taken.layers[1].cell.value(), tensor({{3}, {1}, {3}, {2}})));
  CHECK(same(taken.extra->value(), tensor({30, 10, 30, 20})));
  CHECK(same(std::get<Cache>(taken.cache).seen, tensor({true, true, true, false}, boolean)));
  CHECK(state.layers[0].hidden.shape() == Shape{3, 2});  // left as it was

  const State empty = take_rows(State(), rows);
  CHECK(empty.layers.empty());
  CHECK_FALSE(empty.extra);
  CHECK(std::holds_alternative<std::monostate>(empty.cache));
  CHECK_THROWS_WITH(take_rows(state, tensor({3}, i64)), Contains("3"));
}

TEST_CASE("gradients go through the rows that were taken") {
  const Variable hidden = parameter(tensor({1, 2, 3}));
  const Layer1 taken = take_rows(Layer1{hidden, {}}, rows);
  CHECK(same(grad(sum(taken.hidden), {hidden})[0].value(), tensor({1, 1, 2})));
}
