#include "autograd/indexing.h"

#include "autograd/gradcheck.h"
#include "tensor/random.h"
#include "tests/autograd/twins.h"

using namespace glance;
using Catch::Matchers::Contains;

namespace {

Tensor random(const Shape& shape, std::uint64_t seed = 1) {
  Generator g(seed);
  return normal(shape, g, 0, 1, f64);
}

}  // namespace

TEST_CASE("an embedding's gradient adds up where a row was read twice") {
  const Variable table = parameter(zeros({3, 2}));
  const Variable rows = embedding(table, tensor({{2, 0}, {2, 2}}, i64));
  CHECK(rows.shape() == Shape{2, 2, 2});
  CHECK(same(grad(sum(rows), {table})[0].value(), tensor({{1, 1}, {0, 0}, {3, 3}})));
}

TEST_CASE("derivatives of indexing of both orders are right") {
  const Tensor places = tensor({{0, 2}, {1, 1}}, i64);
  gradcheck([&](const Variable& x) { return square(gather(x, 1, places)); }, {random({2, 3})});
  gradcheck([&](const Variable& x) { return square(gather(x, 0, tensor({{1, 0, 1}}, i64))); }, {random({2, 3})});
  gradcheck([&](const Variable& x, const Variable& s) { return square(scatter_add(x, 1, places, s)); },
            {random({2, 3}), random({2, 2}, 2)});
  gradcheck([&](const Variable& x, const Variable& s) { return square(scatter_add(x, 1, places, s)); },
            {random({3, 3}), random({3, 4}, 2)});
  const Tensor rows = tensor({2, 0, 2}, i64);
  gradcheck([&](const Variable& x) { return square(index_select(x, 0, rows)); }, {random({3, 2})});
  gradcheck([&](const Variable& x) { return square(index_select(x, 1, rows)); }, {random({2, 3})});
  gradcheck([&](const Variable& x, const Variable& s) { return square(index_add(x, 0, rows, s)); },
            {random({3, 2}), random({3, 2}, 2)});
  gradcheck([&](const Variable& table) { return square(embedding(table, places)); }, {random({3, 2})});
  gradcheck([](const Variable& x) { return square(tril(x)); }, {random({3, 3})});
  gradcheck([](const Variable& x) { return square(triu(x, 1)); }, {random({2, 3, 3})});
  gradcheck([](const Variable& x) { return square(sort(x, 1).values); }, {random({2, 4})});
  gradcheck([](const Variable& x) { return square(topk(x, 2, 1).values); }, {random({2, 4})});
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
