// concat and stack copy, split and chunk give views.
#include "glance/tensor/join.h"

#include <limits>
#include <vector>

#include "glance/tensor/create.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

namespace glance {
namespace {

using List = std::vector<Index>;

List elements(const Tensor& x) { return x.to_vector<Index>(); }

std::vector<Shape> shapes(const std::vector<Tensor>& tensors) {
  std::vector<Shape> result;
  for (const Tensor& x : tensors) result.push_back(x.shape());
  return result;
}

TEST_CASE("concat puts tensors one after the other") {
  const Tensor a = tensor({{1, 2}, {3, 4}}, i64);
  const Tensor b = tensor({{5, 6}}, i64);
  const Tensor c = tensor({{7}, {8}}, i64);
  CHECK(concat({a, b}).shape() == Shape{3, 2});
  CHECK(elements(concat({a, b})) == List{1, 2, 3, 4, 5, 6});
  CHECK(elements(concat({a, c, a}, -1)) == List{1, 2, 7, 1, 2, 3, 4, 8, 3, 4});
  CHECK(elements(concat({transpose(a), b})) == List{1, 3, 2, 4, 5, 6});
  CHECK(elements(concat({slice(a, 0, 0, 0), b})) == List{5, 6});
  CHECK(concat({zeros({2, 0}), zeros({2, 0})}, 1).shape() == Shape{2, 0});

  const std::vector<Tensor> list{a};
  const Tensor alone = concat(list);
  CHECK(elements(alone) == elements(a));
  CHECK_FALSE(alone.shares_storage(a));

  CHECK_THROWS_WITH(concat(std::vector<Tensor>{}), "concat: no tensors given: give at least one");
  CHECK_THROWS_WITH(concat({a, c}, 0),
                    "concat: tensor 1 is [2, 1], but the first is [2, 2]: they may differ in dimension 0 only");
  CHECK_THROWS_WITH(concat({a, a, arange(2)}, 0),
                    "concat: tensor 2 is [2], but the first is [2, 2]: they may differ in dimension 0 only");
  CHECK_THROWS_WITH(concat({a, arange(2)}, 1),
                    "concat: tensor 1 is [2], but the first is [2, 2]: they may differ in dimension 1 only");
  CHECK_THROWS_WITH(concat({a, zeros({1, 2})}),
                    "concat: tensor 1 is f32, but the first is i64: convert with to(x, i64)");
  CHECK_THROWS_WITH(concat({a, b}, 2), "concat: [2, 2] has no dimension 2");
  CHECK_THROWS_WITH(concat({a, Tensor()}), "tensor: an undefined tensor was used: give it a value first");
}

TEST_CASE("stack makes a new dimension") {
  const Tensor a = tensor({1, 2, 3}, i64);
  const Tensor b = tensor({4, 5, 6}, i64);
  CHECK(stack({a, b}).shape() == Shape{2, 3});
  CHECK(elements(stack({a, b})) == List{1, 2, 3, 4, 5, 6});
  CHECK(stack({a, b}, 1).shape() == Shape{3, 2});
  CHECK(elements(stack({a, b}, -1)) == List{1, 4, 2, 5, 3, 6});
  CHECK(elements(stack({scalar(1, i64), scalar(2, i64)})) == List{1, 2});
  CHECK(stack(std::vector<Tensor>(3, zeros({0, 2})), 1).shape() == Shape{0, 3, 2});
  CHECK_THROWS_WITH(stack(std::vector<Tensor>{}), "stack: no tensors given: give at least one");
  CHECK_THROWS_WITH(stack({a, scalar(1, i64)}), "stack: tensor 1 is [], but the first is [3]: all must have one shape");
  CHECK_THROWS_WITH(stack({a, zeros({3})}), "stack: tensor 1 is f32, but the first is i64: convert with to(x, i64)");
  CHECK_THROWS_WITH(stack({a, b}, 2), "stack: no place 2 for a new dimension of [3]: give one from -2 to 1");
}

TEST_CASE("split and chunk give views") {
  const Tensor x = reshape(arange(10), {2, 5});
  CHECK(shapes(split(x, 2, 1)) == std::vector<Shape>{{2, 2}, {2, 2}, {2, 1}});
  CHECK(elements(split(x, 2, -1)[1]) == List{2, 3, 7, 8});
  CHECK(shapes(split(x, std::numeric_limits<Index>::max())) == std::vector<Shape>{{2, 5}});
  CHECK(shapes(split(zeros({0, 3}), 2)) == std::vector<Shape>{{0, 3}});
  for (const Tensor& piece : split(x, 2, 1)) CHECK(piece.shares_storage(x));
  CHECK_THROWS_WITH(split(x, 0), "split: size 0 for [2, 5]: give at least 1");
  CHECK_THROWS_WITH(split(x, 1, 2), "split: [2, 5] has no dimension 2");

  const auto [a, b, c] = [&] {
    const auto pieces = split(x, {1, 0, 4}, 1);
    return std::array{pieces[0], pieces[1], pieces[2]};
  }();
  CHECK(elements(a) == List{0, 5});
  CHECK(b.shape() == Shape{2, 0});
  CHECK(elements(c) == List{1, 2, 3, 4, 6, 7, 8, 9});
  CHECK(split(x, {5}, 1).size() == 1);
  CHECK(split(zeros({0}), std::vector<Index>{}).empty());
  const std::string text = "split: the sizes do not add up to 5, the extent of dimension 1 of [2, 5]";
  CHECK_THROWS_WITH(split(x, {1, 3}, 1), text);
  CHECK_THROWS_WITH(split(x, {1, 5}, 1), text);
  CHECK_THROWS_WITH(split(x, {6, -1}, 1), text);
  CHECK_THROWS_WITH(split(x, {-1, 6}, 1), text);
  constexpr Index last = std::numeric_limits<Index>::max();
  CHECK_THROWS_WITH(split(x, {last, last, 7}, 1), text);  // which wraps around to 5

  CHECK(shapes(chunk(x, 2, 1)) == std::vector<Shape>{{2, 3}, {2, 2}});
  CHECK(chunk(x, 4, 1).size() == 3);  // of two each, as in PyTorch
  CHECK(shapes(chunk(x, 9, 0)) == std::vector<Shape>{{1, 5}, {1, 5}});
  CHECK(elements(chunk(x, 2, 1)[1]) == List{3, 4, 8, 9});
  CHECK(chunk(zeros({0}), 3).size() == 1);
  CHECK_THROWS_WITH(chunk(x, 0), "chunk: 0 pieces of [2, 5]: ask for at least 1");
}

}  // namespace
}  // namespace glance
