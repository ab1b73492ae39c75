// The mean of states is exact to one rounding, keeps ties, and refuses states that do not fit.
#include "glance/nn/state_average.h"

#include "glance/nn/linear.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

namespace {

using State = std::map<std::string, Tensor>;

struct Tied {
  Variable table, output;
  static void visit(auto& self, auto&& f) {
    f("table", self.table);
    f("output", self.output);
  }
};

}  // namespace

TEST_CASE("the mean of states is that of each number, rounded once") {
  StateAverage average;
  CHECK_THROWS_WITH(average.mean(), "StateAverage: the mean of nothing: add() a state first");
  average.add(State{{"a", tensor({1, 16777216})}, {"b", tensor({{3}}, f64)}});
  average.add(State{{"a", tensor({2, 1})}, {"b", tensor({{6}}, f64)}});
  average.add(State{{"a", tensor({6, 1})}, {"b", tensor({{0}}, f64)}});
  CHECK(average.count() == 3);
  const State mean = average.mean();
  CHECK(same(mean.at("a"), tensor({3, 16777218 / 3.0})));  // a sum in f32 would lose both ones
  CHECK(same(mean.at("b"), tensor({{3}}, f64)));
}

TEST_CASE("equal weights are their own mean, and it stays as it was when the model goes on") {
  Generator g(1);
  const Linear layer(5, 4, g);
  const auto before = state_dict(copy(layer));
  StateAverage average;
  for (int i = 0; i < 7; ++i) average.add(layer);
  layer.weight.value().write<float>()[0] = 100;
  for (const auto& [name, values] : average.mean()) CHECK(same(values, before.at(name)));
}

TEST_CASE("what is tied stays equal in the mean, and loads") {
  Generator g(1);
  const Variable shared = parameter(uniform({3, 2}, g));
  const Tied model{shared, shared};
  StateAverage average;
  for (int i = 1; i <= 5; ++i) {
    assign(shared.value(), uniform({3, 2}, g));
    average.add(model);
  }
  const State mean = average.mean();
  CHECK(same(mean.at("table"), mean.at("output")));
  CHECK_NOTHROW(load_state_dict(model, mean));
  CHECK(same(shared.value(), mean.at("table")));
}

TEST_CASE("states that differ in more than their numbers are refused, and leave the mean as it was") {
  StateAverage average;
  average.add(State{{"a", tensor({1, 3})}, {"b", tensor({1})}});
  CHECK_THROWS_WITH(average.add(State{{"a", tensor({1, 3})}}), "StateAverage: b of the first state is missing");
  CHECK_THROWS_WITH(average.add(State{{"a", tensor({5, 5})}, {"b", tensor({1})}, {"c", tensor({1})}}),
                    "StateAverage: c was not in the first state");
  CHECK_THROWS_WITH(average.add(State{{"a", tensor({5, 5})}, {"b", tensor({1, 2})}}),
                    "StateAverage: b is f32 [2], and was f32 [1] in the first state");
  CHECK_THROWS_WITH(average.add(State{{"a", tensor({5, 5})}, {"b", tensor({1}, f64)}}), Contains("b is f64 [1]"));
  CHECK_THROWS_WITH(average.add(State{{"a", Tensor()}, {"b", tensor({1})}}), "StateAverage: a is undefined");
  CHECK_THROWS_WITH(StateAverage().add(State{{"steps", tensor({1}, i64)}}),
                    "StateAverage: steps is i64: only weights, f32 or f64, have a mean");
  CHECK(average.count() == 1);
  CHECK(same(average.mean().at("a"), tensor({1, 3})));
}
