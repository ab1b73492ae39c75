// Positions by their formulas, and a part of a sequence has those it has in the whole.
#include "glance/nn/positions.h"

#include <cmath>

#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/nn/module.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/join.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("sinusoidal positions by their formula") {
  const Tensor table = sinusoidal_positions(5, 6, 2, f64);
  REQUIRE(table.shape() == Shape{5, 6});
  for (Index t = 0; t < 5; ++t)
    for (Index i = 0; i < 3; ++i) {
      const double angle = static_cast<double>(t + 2) / std::pow(10000.0, static_cast<double>(2 * i) / 6);
      CHECK(select(select(table, 0, t), 0, 2 * i).item() == std::sin(angle));
      CHECK(select(select(table, 0, t), 0, 2 * i + 1).item() == std::cos(angle));
    }
  // An odd number of features ends with a sine.
  CHECK(same(sinusoidal_positions(4, 3, 0, f64), slice(sinusoidal_positions(4, 3, 0, f64), 1, 0, 3)));
  CHECK(sinusoidal_positions(0, 4).shape() == Shape{0, 4});
}

TEST_CASE("a rotated product depends on how far apart two places stand, and lengths stay") {
  Generator g(1);
  const Variable q = normal({1, 8}, g, 0, 1, f64), k = normal({1, 8}, g, 0, 1, f64);
  const auto product = [&](Index at, Index other) {
    return matmul(rotate(q, at), transpose(rotate(k, other))).value().item();
  };
  CHECK(product(3, 1) == Approx(product(10, 8)).epsilon(1e-12));
  CHECK(product(3, 1) != Approx(product(3, 2)).epsilon(1e-3));
  CHECK(all_close(rotate(q, 0).value(), q.value(), 0));
  CHECK(matmul(rotate(q, 7), transpose(rotate(q, 7))).value().item() ==
        Approx(matmul(q, transpose(q)).value().item()).epsilon(1e-12));
  // The first feature and the one half of them further are a pair.
  const double c = std::cos(5.0), s = std::sin(5.0);
  CHECK(all_close(rotate(tensor({{1, 0, 0, 0}}, f64), 5).value(), tensor({{c, 0, s, 0}}, f64), 1e-15));
}

TEST_CASE("a part of a sequence has the positions that it has in the whole") {
  Generator g(1);
  const Variable x = normal({2, 7, 4}, g, 0, 1, f64);
  for (std::size_t kind = 0; kind < position_names.size(); ++kind) {
    INFO(position_names[kind]);
    const Positions positions(static_cast<PositionKind>(kind), 7, 4, g, {.dtype = f64});
    const auto place = [&](const Variable& part, Index from) { return rotate(positions(part, from), from).value(); };
    const Tensor whole = place(x, 0);
    CHECK(same(concat({place(slice(x, 1, 0, 3), 0), place(slice(x, 1, 3, 7), 3)}, 1), whole));
    CHECK(parameter_count(positions) == (positions.kind == PositionKind::learned ? 28 : 0));
  }
}

TEST_CASE("errors of positions") {
  Generator g(1);
  const Variable x = zeros({1, 3, 4});
  CHECK_THROWS_WITH(Positions(PositionKind::learned, 4, 4, g)(x, 2),
                    "Positions: places 2 to 4 of a sequence, and 4 were learned: make the model with more");
  CHECK_THROWS_WITH(rotate(zeros({2, 3})), "rotate: [2, 3] has an odd number of features");
  CHECK_THROWS_WITH(rotate(x, -1), "rotate: the first position is -1: it must be at least 0");
  CHECK_THROWS_WITH(sinusoidal_positions(2, 4, -3),
                    "sinusoidal_positions: the first position is -3: it must be at least 0");
  CHECK_THROWS_AS(sinusoidal_positions(2, 4, 0, i64), Error);
}
