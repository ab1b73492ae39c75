// Comparisons and choices, with NaN, broadcasting and any strides.
#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Tensor flags(const NestedList& values) { return tensor(values, boolean); }

}  // namespace

TEST_CASE("comparisons of two tensors") {
  for (const DType dtype : {f32, f64, i64}) {
    const Tensor a = tensor({1, 2, 3}, dtype);
    const Tensor b = tensor({2, 2, 2}, dtype);
    CHECK(same(equal(a, b), flags({0, 1, 0})));
    CHECK(same(not_equal(a, b), flags({1, 0, 1})));
    CHECK(same(less(a, b), flags({1, 0, 0})));
    CHECK(same(less_equal(a, b), flags({1, 1, 0})));
    CHECK(same(greater(a, b), flags({0, 0, 1})));
    CHECK(same(greater_equal(a, b), flags({0, 1, 1})));
  }
  CHECK(same(equal(flags({0, 1}), flags({1, 1})), flags({0, 1})));
}

TEST_CASE("comparisons with a number") {
  const Tensor a = tensor({1, 2, 3}, i64);
  CHECK(same(equal(a, 2), flags({0, 1, 0})));
  CHECK(same(not_equal(a, 2), flags({1, 0, 1})));
  CHECK(same(less(a, 2), flags({1, 0, 0})));
  CHECK(same(less_equal(a, 2), flags({1, 1, 0})));
  CHECK(same(greater(a, 2), flags({0, 0, 1})));
  CHECK(same(greater_equal(a, 2), flags({0, 1, 1})));
  CHECK_THROWS_WITH(equal(a, 0.5), "equal: i64 cannot hold 0.5: use f32 or f64");
}

TEST_CASE("comparisons broadcast and read any strides") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(same(less(x, tensor({2, 3})), flags({{1, 1}, {0, 0}})));
  CHECK(same(less(transpose(x), x), flags({{0, 0}, {1, 0}})));
  CHECK(same(greater(x, tensor({{1}, {3}})), flags({{0, 1}, {0, 1}})));
  CHECK_THROWS_WITH(less(x, zeros({2, 2}, f64)), "less: dtypes f32 and f64 differ: convert one with to(x, f64)");
  CHECK_THROWS_AS(less(x, zeros({3})), Error);
}

TEST_CASE("NaN compares as in arithmetic") {
  const Tensor x = tensor({not_a_number, 1});
  CHECK(same(equal(x, x), flags({0, 1})));
  CHECK(same(not_equal(x, x), flags({1, 0})));
  CHECK(same(less_equal(x, x), flags({0, 1})));
}

TEST_CASE("is_nan and is_finite") {
  const Tensor x = tensor({0, not_a_number, infinity, -infinity, 3e38});
  CHECK(same(is_nan(x), flags({0, 1, 0, 0, 0})));
  CHECK(same(is_finite(x), flags({1, 0, 0, 0, 1})));
  CHECK_THROWS_WITH(is_nan(arange(2)), "is_nan: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_AS(is_finite(arange(2)), Error);
}

TEST_CASE("logical functions") {
  const Tensor a = flags({0, 0, 1, 1});
  const Tensor b = flags({0, 1, 0, 1});
  CHECK(same(logical_and(a, b), flags({0, 0, 0, 1})));
  CHECK(same(logical_or(a, b), flags({0, 1, 1, 1})));
  CHECK(same(logical_not(a), flags({1, 1, 0, 0})));
  CHECK(same(logical_and(a, flags({1})), a));
  CHECK(same(logical_not(transpose(flags({{0, 1}, {0, 0}}))), flags({{1, 1}, {0, 1}})));
  CHECK_THROWS_WITH(logical_and(a, arange(4)),
                    "logical_and: dtype i64: a bool tensor is needed; make one with a comparison");
  CHECK_THROWS_AS(logical_not(tensor({1})), Error);
}

TEST_CASE("where chooses element by element") {
  const Tensor condition = flags({1, 0, 1});
  CHECK(same(where(condition, tensor({1, 2, 3}), tensor({10, 20, 30})), tensor({1, 20, 3})));
  CHECK(same(where(condition, tensor({1, 2, 3}), 7), tensor({1, 7, 3})));
  CHECK(same(where(condition, 7, tensor({1, 2, 3})), tensor({7, 2, 7})));
  CHECK(same(where(condition, tensor({1, 2, 3}, i64), 7), tensor({1, 7, 3}, i64)));
  CHECK(same(where(condition, condition, logical_not(condition)), flags({1, 1, 1})));
  // A NaN that is not chosen leaves no trace.
  CHECK(same(where(condition, tensor({1, not_a_number, 3}), 0), tensor({1, 0, 3})));
}

TEST_CASE("where broadcasts all three") {
  CHECK(same(where(flags({{1}, {0}}), tensor({1, 2}), tensor({{10}, {20}})), tensor({{1, 2}, {20, 20}})));
  CHECK(same(where(flags({1, 0}), scalar(1), scalar(2)), tensor({1, 2})));
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(same(where(flags({{1, 0}, {1, 0}}), transpose(x), x), tensor({{1, 2}, {2, 4}})));
  CHECK_THROWS_WITH(where(tensor({1}), x, x), "where: dtype f32: a bool tensor is needed; make one with a comparison");
  CHECK_THROWS_WITH(where(flags({1}), x, arange(2)), "where: dtypes f32 and i64 differ: convert one with to(x, f32)");
  CHECK_THROWS_AS(where(flags({1, 0, 1}), x, x), Error);
}

TEST_CASE("masked_fill puts a value where the mask is true") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(masked_fill(x, flags({0, 1, 0}), -infinity), tensor({{1, -infinity, 3}, {4, -infinity, 6}})));
  CHECK(same(masked_fill(x, flags({{1}, {0}}), 0), tensor({{0, 0, 0}, {4, 5, 6}})));
  CHECK(same(x, tensor({{1, 2, 3}, {4, 5, 6}})));
  CHECK_THROWS_WITH(masked_fill(tensor({1, 2, 3}), zeros({2, 3}, boolean), 0),
                    "masked_fill: mask [2, 3] does not stretch to [3]");
  CHECK_THROWS_AS(masked_fill(x, x, 0), Error);
}

TEST_CASE("same asks for shape, dtype and every element") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  CHECK(same(x, tensor({{1, 2}, {3, 4}})));
  CHECK_FALSE(same(x, tensor({{1, 2}, {3, 5}})));
  CHECK_FALSE(same(x, tensor({1, 2, 3, 4})));
  CHECK_FALSE(same(x, to(x, f64)));
  CHECK(same(transpose(x), tensor({{1, 3}, {2, 4}})));
  CHECK_FALSE(same(transpose(x), x));
  CHECK_FALSE(same(transpose(tensor({{0, 3}, {2, 4}})), tensor({{1, 2}, {3, 4}})));
  CHECK_FALSE(same(tensor({not_a_number}), tensor({not_a_number})));
  CHECK(same(tensor({0}), tensor({-0.0})));
  CHECK(same(zeros({0, 2}), zeros({0, 2})));
  CHECK_FALSE(same(zeros({0, 2}), zeros({2, 0})));
  for (Index i = 0; i < 100; ++i) {  // wherever in a long row the difference is
    const Tensor y = zeros({100});
    y.write<float>()[i] = 1;
    CHECK_FALSE(same(y, zeros({100})));
  }
}

TEST_CASE("all_close measures against the second") {
  CHECK(all_close(tensor({1, 100}), tensor({1.000001, 100.0001})));
  CHECK_FALSE(all_close(tensor({1, 100}), tensor({1.000001, 100.01})));
  CHECK(all_close(tensor({1.0}), tensor({1.05}), 0, 0.1));
  CHECK_FALSE(all_close(tensor({1.0}), tensor({1.2}), 0, 0.1));
  CHECK(all_close(tensor({1}), tensor({2}), 0.5, 0));
  CHECK_FALSE(all_close(tensor({2}), tensor({1}), 0.5, 0));
  CHECK(all_close(tensor({infinity}), tensor({infinity})));
  CHECK_FALSE(all_close(tensor({infinity}), tensor({-infinity})));
  CHECK_FALSE(all_close(tensor({1}), tensor({infinity})));
  CHECK_FALSE(all_close(tensor({not_a_number}), tensor({not_a_number})));
  CHECK(all_close(ones({2, 2}), ones({2})));
  CHECK(all_close(arange(3), arange(3)));
  CHECK_THROWS_WITH(all_close(ones({2}), ones({2}, f64)),
                    "all_close: dtypes f32 and f64 differ: convert one with to(x, f64)");
  CHECK_THROWS_AS(all_close(ones({2}), ones({3})), Error);
}
