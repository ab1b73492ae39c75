// flip, pad and repeat_interleave, by hand.
#include "glance/tensor/arrange.h"

#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

constexpr Index most = std::numeric_limits<Index>::max();
constexpr Index least = std::numeric_limits<Index>::min();

}  // namespace

TEST_CASE("flip reverses the order along the dimensions named") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(flip(x, 0), tensor({{4, 5, 6}, {1, 2, 3}})));
  CHECK(same(flip(x, -1), tensor({{3, 2, 1}, {6, 5, 4}})));
  CHECK(same(flip(x, {0, 1}), tensor({{6, 5, 4}, {3, 2, 1}})));
  CHECK(same(flip(x, {}), flip(x, {0, 1})));
  CHECK(same(flip(transpose(x), 0), tensor({{3, 6}, {2, 5}, {1, 4}})));
  CHECK(same(flip(expand(tensor({{1}, {2}}), {2, 2}), 0), tensor({{2, 2}, {1, 1}})));
  CHECK(same(flip(tensor({true, false}, boolean), 0), tensor({false, true}, boolean)));
  CHECK(same(flip(arange(3), 0), tensor({2, 1, 0}, i64)));
  CHECK(flip(x, 0).is_dense());
  CHECK_FALSE(flip(x, 0).shares_storage(x));
  CHECK(flip(zeros({2, 0}), 1).shape() == Shape{2, 0});
  CHECK(flip(scalar(3), {}).item() == 3);
  CHECK_THROWS_WITH(flip(x, 2), "flip: [2, 3] has no dimension 2");
  CHECK_THROWS_WITH(flip(x, {0, -2}), "flip: dimension -2 of [2, 3] is named twice");
}

TEST_CASE("pad adds and cuts, from the last dimension backwards") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(same(pad(x, {1, 0}), tensor({{0, 1, 2}, {0, 3, 4}})));
  CHECK(same(pad(x, {0, 1, 1, 0}, 9), tensor({{9, 9, 9}, {1, 2, 9}, {3, 4, 9}})));
  CHECK(same(pad(x, {-1, 2}), tensor({{2, 0, 0}, {4, 0, 0}})));
  CHECK(same(pad(x, {0, 0, 0, -1}), tensor({{1, 2}})));
  CHECK(same(pad(x, {1, -2}, 7), tensor({{7}, {7}})));
  CHECK(pad(x, {-1, -1}).shape() == Shape{2, 0});
  CHECK(same(pad(x, std::initializer_list<Index>{}), x));
  CHECK_FALSE(pad(x, {0, 0}).shares_storage(x));
  CHECK(same(pad(transpose(x), {0, 1}), tensor({{1, 3, 0}, {2, 4, 0}})));
  CHECK(same(pad(zeros({0}), {1, 1}, 5), tensor({5, 5})));
  CHECK(same(pad(arange(2), {1, 1}, -1), tensor({-1, 0, 1, -1}, i64)));
  CHECK(same(pad(ones({1}, boolean), {0, 1}), tensor({true, false}, boolean)));

  CHECK_THROWS_WITH(pad(x, {1}), "pad: 1 amounts for [2, 2]: give two for each dimension, from the last backwards");
  CHECK_THROWS_WITH(pad(x, {1, 1, 1, 1, 1, 1}), Contains("6 amounts for [2, 2]"));
  CHECK_THROWS_WITH(pad(x, {-2, -1}), "pad: -2 and -1 entries more in dimension 1 of [2, 2]: there is no such extent");
  CHECK_THROWS_WITH(pad(x, {-3, 5}), Contains("no such extent"));
  CHECK_THROWS_WITH(pad(x, {most, most}), Contains("no such extent"));
  CHECK_THROWS_WITH(pad(x, {least, 0}), Contains("no such extent"));
  CHECK_THROWS_AS(pad(x, {Index{1} << 55, 0}), Error);
  CHECK_THROWS_WITH(pad(arange(2), {1, 1}, 0.5), "pad: i64 cannot hold 0.5: use f32 or f64");
}

TEST_CASE("repeat_interleave repeats entries in a row") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(same(repeat_interleave(x, 2, 0), tensor({{1, 2}, {1, 2}, {3, 4}, {3, 4}})));
  CHECK(same(repeat_interleave(x, 2, -1), tensor({{1, 1, 2, 2}, {3, 3, 4, 4}})));
  CHECK(same(repeat_interleave(x, tensor({0, 3}, i64), 1), tensor({{2, 2, 2}, {4, 4, 4}})));
  CHECK(repeat_interleave(x, 0, 0).shape() == Shape{0, 2});
  CHECK(repeat_interleave(zeros({0, 2}), 5, 0).shape() == Shape{0, 2});
  CHECK(same(repeat_interleave(tensor({true, false}, boolean), 2, 0), tensor({true, true, false, false}, boolean)));
  CHECK(same(repeat_interleave(arange(3), slice(tensor({1, 9, 0, 9, 2}, i64), 0, 0, 5, 2), 0), tensor({0, 2, 2}, i64)));

  CHECK_THROWS_WITH(repeat_interleave(x, -1, 0), Contains("repeat_interleave: -1 times"));
  CHECK_THROWS_WITH(repeat_interleave(x, most, 0), Contains("repeat_interleave"));
  CHECK_THROWS_WITH(repeat_interleave(x, tensor({1, -1}, i64), 0), Contains("repeat_interleave: -1 times"));
  CHECK_THROWS_WITH(repeat_interleave(x, tensor({1, 2, 3}, i64), 0), "repeat_interleave: repeats is [3], expected [2]");
  CHECK_THROWS_AS(repeat_interleave(x, tensor({1, 2}), 0), Error);
  CHECK_THROWS_WITH(repeat_interleave(x, 1, 2), "repeat_interleave: [2, 2] has no dimension 2");
  CHECK_THROWS_AS(repeat_interleave(scalar(1), 2, 0), Error);
}
