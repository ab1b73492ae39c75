// A place that was read twice gets both gradients, and an index that is out of range is named.
#include "glance/autograd/indexing.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("an embedding's gradient adds up where a row was read twice") {
  const Variable table = parameter(zeros({3, 2}));
  const Variable rows = embedding(table, tensor({{2, 0}, {2, 2}}, i64));
  CHECK(rows.shape() == Shape{2, 2, 2});
  CHECK(same(grad(sum(rows), {table})[0].value(), tensor({{1, 1}, {0, 0}, {3, 3}})));
}

TEST_CASE("sorting gives the values and where they stood") {
  const Variable x = parameter(tensor({3, 1, 2}));
  const auto [values, indices] = sort(x, 0, true);
  CHECK(same(values.value(), tensor({3, 2, 1})));
  CHECK(same(indices, tensor({0, 2, 1}, i64)));
  CHECK(same(grad(sum(values * tensor({1, 10, 100})), {x})[0].value(), tensor({1, 100, 10})));
}

TEST_CASE("indices changed after they were used are noticed") {
  const Variable x = parameter(zeros({3}));
  const Tensor places = tensor({0, 1}, i64);
  const Variable y = sum(index_select(x, 0, places));
  places.write<Index>()[0] = 2;
  CHECK_THROWS_WITH(grad(y, {x}), Contains("index_select") && Contains("changed in place"));
}

TEST_CASE("an index out of range is named, with its bound") {
  CHECK_THROWS_WITH(embedding(zeros({3, 2}), tensor({0, 3}, i64)), Contains("3"));
  CHECK_THROWS_WITH(gather(zeros({3}), 0, tensor({-4}, i64)), Contains("-4"));
}

TEST_CASE("scatter gives the gradient to what stays") {
  const Variable x = parameter(tensor({1, 2, 3}));
  const Variable source = parameter(tensor({10, 20, 30}));
  const Tensor places = tensor({2, 0, 2}, i64);
  const Variable y = scatter(x, 0, places, source);
  CHECK(same(y.value(), tensor({20, 2, 30})));
  const auto gradients = grad(sum(y * tensor({1, 10, 100})), {x, source});
  CHECK(same(gradients[0].value(), tensor({0, 10, 0})));
  CHECK(same(gradients[1].value(), tensor({0, 1, 100})));
  CHECK(same(grad(sum(scatter(x, 0, places, 5)), {x})[0].value(), tensor({0, 1, 0})));
}

TEST_CASE("scatter_reduce shares the gradient among equals") {
  const Variable x = parameter(tensor({3, 2, 9}));
  const Variable source = parameter(tensor({3, 1, 3, 5}));
  const Variable y = scatter_reduce(x, 0, tensor({0, 0, 0, 1}, i64), source, ScatterReduce::amax);
  CHECK(same(y.value(), tensor({3, 5, 9})));
  const auto gradients = grad(sum(y * tensor({6, 10, 100})), {x, source});
  CHECK(same(gradients[0].value(), tensor({2, 0, 100})));
  CHECK(same(gradients[1].value(), tensor({2, 0, 2, 10})));
}
