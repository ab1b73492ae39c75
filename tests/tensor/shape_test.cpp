// The rules of shapes, each with its errors.
#include "glance/tensor/shape.h"

#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"

namespace glance {
namespace {

constexpr Index big = Index{1} << 40;

TEST_CASE("a shape knows its extents") {
  Shape shape{2, 3};
  CHECK(shape.rank() == 2);
  CHECK(shape.numel() == 6);
  CHECK(shape.back() == 3);
  CHECK(shape == Shape{2, 3});
  CHECK(shape != Shape{2, 3, 1});
  CHECK(shape != Shape{3, 2});
  CHECK(to_string(shape) == "[2, 3]");
  CHECK(to_string(Shape{}) == "[]");
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{2, 0}.numel() == 0);

  shape.push_back(4);
  shape.insert(0, 1);
  shape.insert(2, 9);
  CHECK(shape == Shape{1, 2, 9, 3, 4});
  shape.erase(2);
  shape.erase(0);
  CHECK(shape == Shape{2, 3, 4});
}

TEST_CASE("a shape has at most eight dimensions") {
  const std::vector<Index> nine(9, 1);
  CHECK_THROWS_WITH(Shape(nine), "shape: 9 dimensions, but at most 8 are supported");
  Shape eight{1, 1, 1, 1, 1, 1, 1, 1};
  CHECK_THROWS_WITH(eight.push_back(1), "shape: 9 dimensions, but at most 8 are supported");
  CHECK_THROWS_WITH((Axes{0, 1, 2, 3, 4, 5, 6, 7, 8}), "shape: 9 dimensions, but at most 8 are supported");
}

TEST_CASE("dimensions count from either end") {
  const Shape shape{2, 3, 4};
  CHECK(resolve_dim("f", 0, shape) == 0);
  CHECK(resolve_dim("f", -1, shape) == 2);
  CHECK(resolve_dim("f", -3, shape) == 0);
  CHECK_THROWS_WITH(resolve_dim("f", 3, shape), "f: [2, 3, 4] has no dimension 3");
  CHECK_THROWS_WITH(resolve_dim("f", -4, shape), "f: [2, 3, 4] has no dimension -4");
  CHECK_THROWS_WITH(resolve_dim("f", 0, Shape{}), "f: [] has no dimension 0");

  CHECK(resolve_new_dim("f", 3, shape) == 3);
  CHECK(resolve_new_dim("f", -1, shape) == 3);
  CHECK(resolve_new_dim("f", -4, shape) == 0);
  CHECK(resolve_new_dim("f", 0, Shape{}) == 0);
  CHECK_THROWS_WITH(resolve_new_dim("f", 4, shape),
                    "f: no place 4 for a new dimension of [2, 3, 4]: give one from -4 to 3");
  CHECK_THROWS_WITH(resolve_new_dim("f", -5, shape),
                    "f: no place -5 for a new dimension of [2, 3, 4]: give one from -4 to 3");
}

TEST_CASE("indices count from either end") {
  const Shape shape{2, 3};
  CHECK(resolve_index("f", 2, 1, shape) == 2);
  CHECK(resolve_index("f", -3, 1, shape) == 0);
  CHECK_THROWS_WITH(resolve_index("f", 3, 1, shape),
                    "f: index 3 is out of range for dimension 1 of [2, 3]: give one from -3 to 2");
  CHECK_THROWS_WITH(resolve_index("f", -4, 1, shape),
                    "f: index -4 is out of range for dimension 1 of [2, 3]: give one from -3 to 2");
  CHECK_THROWS_WITH(resolve_index("f", 0, 0, (Shape{0, 3})), "f: index 0 of dimension 0 of [0, 3], which is empty");
}

TEST_CASE("axes name dimensions once") {
  const Shape shape{2, 3, 4};
  auto flags = resolve_axes("f", {0, -1}, shape);
  CHECK((flags[0] && !flags[1] && flags[2]));
  flags = resolve_axes("f", {}, shape);
  CHECK((flags[0] && flags[1] && flags[2] && !flags[3]));
  flags = resolve_axes("f", 1, shape);
  CHECK((!flags[0] && flags[1] && !flags[2]));
  CHECK_THROWS_WITH(resolve_axes("f", {1, -2}, shape), "f: dimension -2 of [2, 3, 4] is named twice");
  CHECK_THROWS_WITH(resolve_axes("f", {3}, shape), "f: [2, 3, 4] has no dimension 3");

  CHECK(reduced_shape(shape, resolve_axes("f", {0, 2}, shape), false) == Shape{3});
  CHECK(reduced_shape(shape, resolve_axes("f", {0, 2}, shape), true) == Shape{1, 3, 1});
}

TEST_CASE("shapes broadcast from the last dimension") {
  CHECK(broadcast_shapes("f", {2, 3}, {3}) == Shape{2, 3});
  CHECK(broadcast_shapes("f", {2, 1}, {5, 1, 3}) == Shape{5, 2, 3});
  CHECK(broadcast_shapes("f", {}, {4}) == Shape{4});
  CHECK(broadcast_shapes("f", {1}, {0}) == Shape{0});
  CHECK(broadcast_shapes("f", {0, 3}, {1, 1}) == Shape{0, 3});
  CHECK_THROWS_WITH(broadcast_shapes("f", {2, 3}, {2}),
                    "f: [2, 3] and [2] do not broadcast: counted from the last dimension, extents must be equal or 1");

  CHECK(broadcasts_to({3}, {2, 3}));
  CHECK(broadcasts_to({1, 3}, {2, 3}));
  CHECK(broadcasts_to({}, {2}));
  CHECK_FALSE(broadcasts_to({2, 3}, {3}));
  CHECK_FALSE(broadcasts_to({3}, {3, 1}));

  const Strides strides = broadcast_strides({3, 1}, dense_strides({3, 1}), {2, 3, 4});
  CHECK((strides[0] == 0 && strides[1] == 1 && strides[2] == 0));
}

TEST_CASE("dense means row-major without gaps") {
  const Strides strides = dense_strides({2, 3, 4});
  CHECK((strides[0] == 12 && strides[1] == 4 && strides[2] == 1));
  CHECK(is_dense({2, 3, 4}, strides));
  CHECK_FALSE(is_dense({2, 2, 4}, strides));
  CHECK(is_dense({1, 3, 4}, {99, 4, 1}));
  CHECK(is_dense({3, 1, 4}, {4, 99, 1}));
  CHECK_FALSE(is_dense({4, 3}, {1, 4}));
  CHECK(is_dense({4, 0, 3}, {1, 7, 9}));
  CHECK(is_dense({}, {}));
}

TEST_CASE("reshape works out one extent") {
  CHECK(resolve_reshape({2, 6}, {3, -1}) == Shape{3, 4});
  CHECK(resolve_reshape({2, 6}, {-1}) == Shape{12});
  CHECK(resolve_reshape({}, {1, 1}) == Shape{1, 1});
  CHECK(resolve_reshape({0, 3}, {3, 0, 7}) == Shape{3, 0, 7});
  CHECK(resolve_reshape({0, 3}, {-1, 3}) == Shape{0, 3});
  CHECK_THROWS_WITH(resolve_reshape({2, 6}, {5, -1}),
                    "reshape: [2, 6] to [5, -1]: 12 elements do not fill the new shape");
  CHECK_THROWS_WITH(resolve_reshape({2, 6}, {11}), "reshape: [2, 6] to [11]: 12 elements do not fill the new shape");
  CHECK_THROWS_WITH(resolve_reshape({0, 3}, {-1, 0}),
                    "reshape: [0, 3] to [-1, 0]: 0 elements do not fill the new shape");
  CHECK_THROWS_WITH(resolve_reshape({2, 6}, {-1, -1}),
                    "reshape: [-1, -1] has a negative extent: only -1 is one, and only once");
  CHECK_THROWS_WITH(resolve_reshape({2, 6}, {-2, 6}),
                    "reshape: [-2, 6] has a negative extent: only -1 is one, and only once");
  CHECK_THROWS_WITH(resolve_reshape({2, 6}, {big, big}),
                    "reshape: shape [1099511627776, 1099511627776] has too many elements");
}

TEST_CASE("a strided tensor may still have another shape without a copy") {
  Strides strides{};
  // Two rows of a [2, 4] seen through a gap of 8: its rows split, and cannot be joined.
  CHECK(find_reshape_strides({2, 4}, {8, 1}, {2, 2, 2}, strides));
  CHECK((strides[0] == 8 && strides[1] == 2 && strides[2] == 1));
  CHECK_FALSE(find_reshape_strides({2, 4}, {8, 1}, {8}, strides));
  CHECK_FALSE(find_reshape_strides({2, 4}, {8, 1}, {4, 2}, strides));
  // Leading dimensions that lie evenly join.
  CHECK(find_reshape_strides({3, 2, 4}, {20, 10, 1}, {6, 4}, strides));
  CHECK((strides[0] == 10 && strides[1] == 1));
  // Extents of 1 come and go, wherever they are.
  CHECK(find_reshape_strides({2, 1, 4}, {8, 77, 1}, {1, 2, 4, 1}, strides));
  CHECK((strides[1] == 8 && strides[2] == 1));
  CHECK(find_reshape_strides({3, 1, 2, 4}, {20, 77, 10, 1}, {6, 4}, strides));
  CHECK((strides[0] == 10 && strides[1] == 1));
  CHECK(find_reshape_strides({4, 1}, {3, 77}, {2, 2}, strides));
  CHECK((strides[0] == 6 && strides[1] == 3));
  // Repeated elements.
  CHECK(find_reshape_strides({3, 2}, {0, 0}, {6}, strides));
  CHECK(strides[0] == 0);
  CHECK_FALSE(find_reshape_strides({3, 2}, {0, 1}, {6}, strides));
}

TEST_CASE("expand keeps and stretches extents") {
  CHECK(resolve_expand({2, 1}, {-1, 3}) == Shape{2, 3});
  CHECK(resolve_expand({3}, {2, 3}) == Shape{2, 3});
  CHECK(resolve_expand({1}, {0}) == Shape{0});
  const std::string hint = ": only extents of 1 stretch, and new ones come first";
  CHECK_THROWS_WITH(resolve_expand({2, 3}, {4, 3}), "expand: [2, 3] does not stretch to [4, 3]" + hint);
  CHECK_THROWS_WITH(resolve_expand({2, 3}, {3}), "expand: [2, 3] does not stretch to [3]" + hint);
  CHECK_THROWS_WITH(resolve_expand({3}, {-1, 3}), "expand: [3] does not stretch to [-1, 3]" + hint);
  CHECK_THROWS_WITH(resolve_expand({1}, {-5}), "expand: [1] does not stretch to [-5]" + hint);
  CHECK_THROWS_WITH(resolve_expand({1, 1}, {big, big}),
                    "expand: shape [1099511627776, 1099511627776] has too many elements");
}

TEST_CASE("matrix products multiply the last two dimensions") {
  CHECK(matmul_shape({2, 3}, {3, 4}) == Shape{2, 4});
  CHECK(matmul_shape({3}, {3, 4}) == Shape{4});
  CHECK(matmul_shape({2, 3}, {3}) == Shape{2});
  CHECK(matmul_shape({3}, {3}) == Shape{});
  CHECK(matmul_shape({5, 1, 2, 3}, {6, 3, 4}) == Shape{5, 6, 2, 4});
  CHECK(matmul_shape({3}, {6, 3, 4}) == Shape{6, 4});
  CHECK(matmul_shape({6, 2, 3}, {3}) == Shape{6, 2});
  CHECK(matmul_shape({2, 0}, {0, 4}) == Shape{2, 4});
  CHECK_THROWS_WITH(matmul_shape({2, 3}, {4, 5}), "matmul: [2, 3] x [4, 5]: inner dimensions 3 and 4 differ");
  CHECK_THROWS_WITH(matmul_shape({3}, {4}), "matmul: [3] x [4]: inner dimensions 3 and 4 differ");
  CHECK_THROWS_WITH(matmul_shape({}, {4}), "matmul: [] x [4]: a scalar has no dimension to multiply over; use *");
  CHECK_THROWS_WITH(matmul_shape({2, 1, 3}, {4, 3, 5, 3, 1}),
                    "matmul: [2, 1, 3] x [4, 3, 5, 3, 1]: the leading dimensions [2] and [4, 3, 5] do not broadcast");
}

}  // namespace
}  // namespace glance
