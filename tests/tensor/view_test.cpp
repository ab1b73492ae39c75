// Views share their elements, and have PyTorch's shapes.
#include "glance/tensor/view.h"

#include <limits>
#include <vector>

#include "glance/tensor/create.h"
#include "tests/catch.h"

namespace glance {
namespace {

using List = std::vector<Index>;

List elements(const Tensor& x) { return x.to_vector<Index>(); }

// 0 … 23 as [2, 3, 4].
Tensor counted() { return reshape(arange(24), {2, 3, 4}); }

TEST_CASE("every view shares storage and version") {
  const Tensor x = reshape(arange(12), {3, 1, 4});
  const std::vector<Tensor> views{select(x, 0, 1), slice(x, 0, 1, 3),     transpose(x, 0, 2),
                                  transpose(x),    permute(x, {2, 0, 1}), reshape(x, {6, 2}),
                                  flatten(x),      squeeze(x, 1),         squeeze(x),
                                  unsqueeze(x, 0), expand(x, {3, 5, 4})};
  for (const Tensor& view : views) {
    CHECK(view.shares_storage(x));
    const auto version = x.version();
    view.write<Index>();
    CHECK(x.version() == version + 1);
  }
}

TEST_CASE("select drops a dimension") {
  const Tensor x = counted();
  CHECK(elements(select(x, 0, 1)) == List{12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23});
  CHECK(select(x, 1, 2).shape() == Shape{2, 4});
  CHECK(elements(select(x, 1, 2)) == List{8, 9, 10, 11, 20, 21, 22, 23});
  CHECK(elements(select(x, -1, -4)) == List{0, 4, 8, 12, 16, 20});
  CHECK(select(select(select(x, 0, 1), 0, 2), 0, 3).item() == 23);
  CHECK_THROWS_WITH(select(x, 3, 0), "select: [2, 3, 4] has no dimension 3");
  CHECK_THROWS_WITH(select(x, 1, 3),
                    "select: index 3 is out of range for dimension 1 of [2, 3, 4]: give one from -3 to 2");
  CHECK_THROWS_WITH(select(x, 1, -4),
                    "select: index -4 is out of range for dimension 1 of [2, 3, 4]: give one from -3 to 2");
  CHECK_THROWS_WITH(select(zeros({0}), 0, 0), "select: index 0 of dimension 0 of [0], which is empty");
  CHECK_THROWS_WITH(select(scalar(1), 0, 0), "select: [] has no dimension 0");
}

TEST_CASE("slice clamps its bounds as PyTorch does") {
  constexpr Index last = std::numeric_limits<Index>::max();
  constexpr Index first = std::numeric_limits<Index>::min();
  const Tensor x = arange(6);
  CHECK(elements(slice(x, 0, 1, 4)) == List{1, 2, 3});
  CHECK(elements(slice(x, 0, -2, 6)) == List{4, 5});
  CHECK(elements(slice(x, 0, 0, -1)) == List{0, 1, 2, 3, 4});
  CHECK(elements(slice(x, 0, -99, 99)) == List{0, 1, 2, 3, 4, 5});
  CHECK(elements(slice(x, 0, first, last)) == List{0, 1, 2, 3, 4, 5});
  CHECK(slice(x, 0, 4, 2).shape() == Shape{0});
  CHECK(slice(x, 0, 6, 9).shape() == Shape{0});
  CHECK(slice(x, 0, 9, 12).shape() == Shape{0});
  CHECK(elements(slice(x, 0, 0, 6, 2)) == List{0, 2, 4});
  CHECK(elements(slice(x, 0, 1, 6, 4)) == List{1, 5});
  CHECK(elements(slice(x, 0, 2, 6, last)) == List{2});
  CHECK(elements(slice(slice(x, 0, 0, 6, 2), 0, 0, 3, 2)) == List{0, 4});
  CHECK(slice(counted(), 0, 1, 2, last).shape() == Shape{1, 3, 4});
  const Tensor middle = slice(counted(), 1, 1, 3);
  CHECK(middle.shape() == Shape{2, 2, 4});
  CHECK(elements(select(middle, 2, 0)) == List{4, 8, 16, 20});
  CHECK_THROWS_WITH(slice(x, 0, 0, 6, 0), "slice: step 0 of [6]: give at least 1");
  CHECK_THROWS_WITH(slice(x, 0, 0, 6, -1), "slice: step -1 of [6]: give at least 1");
  CHECK_THROWS_WITH(slice(x, 1, 0, 6), "slice: [6] has no dimension 1");
}

TEST_CASE("transpose and permute") {
  const Tensor x = counted();
  CHECK(transpose(x).shape() == Shape{2, 4, 3});
  CHECK(elements(select(transpose(x), 0, 0)) == List{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(transpose(x, 0, -1).shape() == Shape{4, 3, 2});
  CHECK(elements(select(transpose(x, 0, -1), 0, 1)) == List{1, 13, 5, 17, 9, 21});
  CHECK(transpose(x, 1, 1).shape() == x.shape());
  CHECK(permute(x, {2, 0, 1}).shape() == Shape{4, 2, 3});
  CHECK(elements(select(permute(x, {-1, 0, 1}), 0, 3)) == List{3, 7, 11, 15, 19, 23});
  CHECK(permute(scalar(1), {}).rank() == 0);
  CHECK_THROWS_WITH(transpose(arange(3)), "transpose: [3] has fewer than two dimensions to swap");
  CHECK_THROWS_WITH(transpose(x, 0, 3), "transpose: [2, 3, 4] has no dimension 3");
  CHECK_THROWS_WITH(permute(x, {0, 1}), "permute: 2 dimensions named for [2, 3, 4]: name each of its 3 once");
  CHECK_THROWS_WITH(permute(x, {0, 1, -2}), "permute: dimension -2 of [2, 3, 4] is named twice");
  CHECK_THROWS_WITH(permute(x, {0, 1, 3}), "permute: [2, 3, 4] has no dimension 3");
}

TEST_CASE("reshape is a view where strides allow and a copy elsewhere") {
  const Tensor x = counted();
  CHECK(reshape(x, {4, -1}).shape() == Shape{4, 6});
  CHECK(elements(reshape(x, {-1})) == elements(x));
  CHECK(reshape(x, x.shape()).shares_storage(x));

  // Leaving out a column keeps the rows evenly spaced: [2, 3, 3] to [6, 3] is a view.
  const Tensor narrow = slice(x, 2, 0, 3);
  const Tensor rows = reshape(narrow, {6, 3});
  CHECK(rows.shares_storage(x));
  CHECK(elements(rows) == elements(narrow));

  const Tensor turned = transpose(x);
  const Tensor flat = reshape(turned, {24});
  CHECK_FALSE(flat.shares_storage(x));
  CHECK(flat.is_dense());
  CHECK(flat.is_sole_owner());
  CHECK(elements(flat) == elements(turned));
  CHECK(elements(reshape(turned, {3, 8})) == elements(turned));

  CHECK(reshape(zeros({0, 3}), {5, 0}).shape() == Shape{5, 0});
  CHECK(reshape(scalar(3), {1, 1}).shape() == Shape{1, 1});
  CHECK(reshape(tensor({5}), Shape{}).item() == 5);
  CHECK_THROWS_WITH(reshape(x, {5, 5}), "reshape: [2, 3, 4] to [5, 5]: 24 elements do not fill the new shape");
}

TEST_CASE("reshape of any strided view keeps the elements in order") {
  // Every permutation, with and without gaps, against the elements of a dense copy.
  const Tensor base = reshape(arange(240), {4, 5, 4, 3});
  const std::vector<Shape> shapes{{240},    {20, 12},     {4, 60},     {2, 2, 5, 12},
                                  {12, 20}, {3, 4, 4, 5}, {1, 240, 1}, {15, 4, 4}};
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b) {
      const Tensor x = transpose(transpose(base, 0, a), b, 3);
      for (const Shape& shape : shapes) {
        CHECK(elements(reshape(x, shape)) == elements(x));
        CHECK(reshape(x, shape).shape() == shape);
      }
      const Tensor part = slice(x, 0, 0, 2);
      CHECK(elements(reshape(part, {-1, 2})) == elements(part));
      CHECK(elements(reshape(slice(x, 1, 0, 3, 2), {2, -1})) == elements(slice(x, 1, 0, 3, 2)));
    }
}

TEST_CASE("flatten joins dimensions") {
  const Tensor x = counted();
  CHECK(flatten(x).shape() == Shape{24});
  CHECK(flatten(x, 1).shape() == Shape{2, 12});
  CHECK(flatten(x, 0, -2).shape() == Shape{6, 4});
  CHECK(flatten(x, 1, 1).shape() == x.shape());
  CHECK(flatten(scalar(1)).shape() == Shape{1});
  CHECK(flatten(zeros({2, 0, 3}), 0, 1).shape() == Shape{0, 3});
  CHECK(elements(flatten(transpose(x, 0, 1))) == elements(transpose(x, 0, 1)));
  CHECK_THROWS_WITH(flatten(x, 2, 1), "flatten: dimensions 2 to 1 of [2, 3, 4]: the first comes after the last");
  CHECK_THROWS_WITH(flatten(x, 0, 3), "flatten: [2, 3, 4] has no dimension 3");
}

TEST_CASE("squeeze and unsqueeze drop and add extents of 1") {
  const Tensor x = reshape(arange(6), {1, 2, 1, 3});
  CHECK(squeeze(x).shape() == Shape{2, 3});
  CHECK(squeeze(x, 0).shape() == Shape{2, 1, 3});
  CHECK(squeeze(x, -2).shape() == Shape{1, 2, 3});
  CHECK(squeeze(x, 1).shape() == x.shape());
  CHECK(elements(squeeze(transpose(x, 1, 3))) == List{0, 3, 1, 4, 2, 5});
  CHECK(squeeze(tensor({{4}})).item() == 4);
  CHECK_THROWS_WITH(squeeze(x, 4), "squeeze: [1, 2, 1, 3] has no dimension 4");

  const Tensor y = transpose(reshape(arange(6), {2, 3}));
  CHECK(unsqueeze(y, 0).shape() == Shape{1, 3, 2});
  CHECK(unsqueeze(y, 1).shape() == Shape{3, 1, 2});
  CHECK(unsqueeze(y, -1).shape() == Shape{3, 2, 1});
  CHECK(unsqueeze(y, -3).shape() == Shape{1, 3, 2});
  for (int dim = -3; dim <= 2; ++dim) CHECK(elements(unsqueeze(y, dim)) == elements(y));
  CHECK(unsqueeze(scalar(2), 0).shape() == Shape{1});
  CHECK_THROWS_WITH(unsqueeze(y, 3), "unsqueeze: no place 3 for a new dimension of [3, 2]: give one from -3 to 2");
  CHECK_THROWS_WITH(unsqueeze(zeros({1, 1, 1, 1, 1, 1, 1, 1}), 0), "shape: 9 dimensions, but at most 8 are supported");
}

TEST_CASE("expand repeats without memory") {
  const Tensor x = tensor({{1}, {2}}, i64);
  CHECK(elements(expand(x, {2, 3})) == List{1, 1, 1, 2, 2, 2});
  CHECK(elements(expand(x, {2, -1, 2})) == List{1, 1, 2, 2, 1, 1, 2, 2});
  CHECK(expand(x, {-1, 0}).shape() == Shape{2, 0});
  CHECK(expand(scalar(1), {1000000, 1000000}).numel() == 1000000000000);
  CHECK(elements(transpose(expand(x, {2, 2}))) == List{1, 2, 1, 2});
  CHECK_THROWS_WITH(expand(x, {3, 3}),
                    "expand: [2, 1] does not stretch to [3, 3]: only extents of 1 stretch, and new ones come first");
}

}  // namespace
}  // namespace glance
