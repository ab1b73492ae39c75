// Cumulative sums by hand, and long ones that lose nothing.
#include "glance/tensor/cumsum.h"

#include <cmath>
#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("cumsum adds up along a dimension") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(cumsum(x, 1), tensor({{1, 3, 6}, {4, 9, 15}})));
  CHECK(same(cumsum(x, 0), tensor({{1, 2, 3}, {5, 7, 9}})));
  CHECK(same(cumsum(x, -1), cumsum(x, 1)));
  CHECK(same(cumsum(transpose(x), 0), transpose(cumsum(x, 1))));
  CHECK(same(cumsum(slice(x, 1, 0, 3, 2), 1), tensor({{1, 4}, {4, 10}})));
  CHECK(same(cumsum(expand(tensor({1.5}, f64), {3}), 0), tensor({1.5, 3, 4.5}, f64)));
  const Tensor cube = reshape(arange(24), {2, 3, 4});
  CHECK(same(select(cumsum(cube, 1), 1, 2), select(cube, 1, 0) + select(cube, 1, 1) + select(cube, 1, 2)));
  CHECK(cumsum(zeros({2, 0}), 1).shape() == Shape{2, 0});
  CHECK(cumsum(zeros({0, 2}), 1).shape() == Shape{0, 2});
}

TEST_CASE("cumsum of whole numbers, truths and what is no number") {
  CHECK(same(cumsum(tensor({true, false, true}, boolean), 0), tensor({1, 1, 2}, i64)));
  constexpr Index most = std::numeric_limits<Index>::max();
  const Index numbers[] = {most, 1};
  CHECK(cumsum(from_values(numbers, {2}), 0).to_vector<Index>()[1] == std::numeric_limits<Index>::min());
  const auto y = cumsum(tensor({1, std::nan(""), 2}), 0).to_vector<float>();
  CHECK(y[0] == 1);
  CHECK(std::isnan(y[2]));
}

TEST_CASE("long sums of f32 keep growing") {
  const auto sums = cumsum(full({20'000'000}, 1), 0).to_vector<float>();
  CHECK(sums.back() == 20'000'000);
  CHECK(cumsum(full({1'000'000}, 0.1), 0).to_vector<float>().back() == Approx(100'000).epsilon(1e-7));
}

TEST_CASE("cumsum says what does not fit") {
  CHECK_THROWS_WITH(cumsum(zeros({2}), 1), "cumsum: [2] has no dimension 1");
  CHECK_THROWS_AS(cumsum(scalar(1), 0), Error);
  CHECK_THROWS_AS(cumsum(Tensor(), 0), Error);
}
