// Arithmetic of every dtype, with broadcasting and any strides, in new tensors and in place.
#include <cmath>
#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Tensor integers(const NestedList& values) { return tensor(values, i64); }

}  // namespace

TEST_CASE("arithmetic of equal shapes") {
  const Tensor a = tensor({1, 2, 3});
  const Tensor b = tensor({4, 10, -2});
  CHECK(same(a + b, tensor({5, 12, 1})));
  CHECK(same(a - b, tensor({-3, -8, 5})));
  CHECK(same(a * b, tensor({4, 20, -6})));
  CHECK(same(b / a, tensor({4, 5, -2.0f / 3})));
  CHECK(same(-a, tensor({-1, -2, -3})));
  CHECK(same(tensor({1, 2}, f64) + tensor({0.5, 0.25}, f64), tensor({1.5, 2.25}, f64)));
  CHECK(same(integers({5, 6}) - integers({7, 1}), integers({-2, 5})));
}

TEST_CASE("arithmetic with a number on either side keeps the dtype") {
  const Tensor a = tensor({1, 2, 4});
  CHECK(same(a + 1, tensor({2, 3, 5})));
  CHECK(same(a - 1, tensor({0, 1, 3})));
  CHECK(same(a * 2.5, tensor({2.5, 5, 10})));
  CHECK(same(a / 2, tensor({0.5, 1, 2})));
  CHECK(same(1 + a, tensor({2, 3, 5})));
  CHECK(same(1 - a, tensor({0, -1, -3})));
  CHECK(same(2.5 * a, tensor({2.5, 5, 10})));
  CHECK(same(8 / a, tensor({8, 4, 2})));
  CHECK(same(integers({1, 2}) * 3, integers({3, 6})));
}

TEST_CASE("arithmetic broadcasts rows, columns, scalars and middle dimensions") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(x + tensor({10, 20, 30}), tensor({{11, 22, 33}, {14, 25, 36}})));
  CHECK(same(tensor({10, 20, 30}) - x, tensor({{9, 18, 27}, {6, 15, 24}})));
  CHECK(same(x * tensor({{10}, {100}}), tensor({{10, 20, 30}, {400, 500, 600}})));
  CHECK(same(tensor({{10}, {100}}) - x, tensor({{9, 8, 7}, {96, 95, 94}})));
  CHECK(same(x + scalar(1), tensor({{2, 3, 4}, {5, 6, 7}})));
  CHECK(same(scalar(1) - x, tensor({{0, -1, -2}, {-3, -4, -5}})));
  CHECK(same(tensor({{1}, {2}}) * tensor({3, 4, 5}), tensor({{3, 4, 5}, {6, 8, 10}})));
  CHECK(same(tensor({5}) + tensor({{{2}}}), tensor({{{7}}})));
  // [2, 1, 2] + [3, 1] is [2, 3, 2]
  CHECK(same(tensor({{{1, 2}}, {{3, 4}}}) + tensor({{10}, {20}, {30}}),
             tensor({{{11, 12}, {21, 22}, {31, 32}}, {{13, 14}, {23, 24}, {33, 34}}})));
}

TEST_CASE("arithmetic reads any strides") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  const Tensor y = tensor({{1, 10}, {2, 20}, {3, 30}});
  CHECK(same(transpose(x) + y, tensor({{2, 14}, {4, 25}, {6, 36}})));
  CHECK(same(y - transpose(x), tensor({{0, 6}, {0, 15}, {0, 24}})));
  CHECK(same(transpose(x) * transpose(x), tensor({{1, 16}, {4, 25}, {9, 36}})));
  CHECK(same(-transpose(x), tensor({{-1, -4}, {-2, -5}, {-3, -6}})));
  CHECK(same(select(x, 1, 1) + 1, tensor({3, 6})));
  CHECK(same(slice(x, 1, 0, 3, 2) + slice(x, 1, 1, 3), tensor({{3, 6}, {9, 12}})));
  CHECK(same(expand(tensor({1, 2}), {2, 2}) + 1, tensor({{2, 3}, {2, 3}})));
}

TEST_CASE("long rows give what short ones do") {
  for (const Index n : {1, 7, 8, 33, 1000}) {
    const Tensor x = arange(static_cast<double>(n), f32);
    CHECK(same(x + x, x * 2));
    const Tensor rows = expand(x, {3, n});
    CHECK(same(select(rows + x, 0, 2), x * 2));
  }
}

TEST_CASE("arithmetic of nothing is nothing") {
  CHECK((zeros({0, 3}) + zeros({3})).shape() == Shape{0, 3});
  CHECK((zeros({0}) + 1).shape() == Shape{0});
  CHECK((zeros({2, 0}) * zeros({2, 1})).shape() == Shape{2, 0});
  CHECK((zeros({0}) + zeros({1})).shape() == Shape{0});
}

TEST_CASE("results are new: an operand may be given twice and is not changed") {
  const Tensor a = tensor({1, 2});
  const Tensor b = a + a;
  CHECK_FALSE(b.shares_storage(a));
  CHECK(same(a, tensor({1, 2})));
  CHECK(b.is_sole_owner());
}

TEST_CASE("integers wrap around") {
  const Tensor most = from_values(std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::max()}, {1});
  const Tensor least = from_values(std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min()}, {1});
  CHECK(same(most + 1, least));
  CHECK(same(least - 1, most));
  CHECK(same(-least, least));
  CHECK(same(most * 2, integers({-2})));
}

TEST_CASE("arithmetic errors say the operation and what to do") {
  CHECK_THROWS_WITH(tensor({1}) + tensor({1}, f64), "add: dtypes f32 and f64 differ: convert one with to(x, f64)");
  CHECK_THROWS_WITH(integers({1}) * tensor({1}), "multiply: dtypes i64 and f32 differ: convert one with to(x, f32)");
  CHECK_THROWS_WITH(zeros({2, 3}) - zeros({4}),
                    "subtract: [2, 3] and [4] do not broadcast: counted from the last "
                    "dimension, extents must be equal or 1");
  CHECK_THROWS_WITH(integers({1}) + 0.5, "add: i64 cannot hold 0.5: use f32 or f64");
  CHECK_THROWS_WITH(integers({4}) / integers({2}),
                    "divide: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(integers({4}) / 2, "divide: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(ones({2}, boolean) + ones({2}, boolean),
                    "add: dtype bool: only numbers are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(-ones({2}, boolean), "negate: dtype bool: only numbers are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(Tensor() + tensor({1}), "tensor: an undefined tensor was used: give it a value first");
  CHECK_THROWS_AS(tensor({1}) * Tensor(), Error);
}

TEST_CASE("maximum and minimum hand NaN on from either side") {
  const Tensor a = tensor({1, 5, not_a_number, 2, -infinity});
  const Tensor b = tensor({3, 4, 1, not_a_number, 0});
  const auto larger = maximum(a, b).to_vector<float>();
  CHECK(larger[0] == 3);
  CHECK(larger[1] == 5);
  CHECK(std::isnan(larger[2]));
  CHECK(std::isnan(larger[3]));
  CHECK(larger[4] == 0);
  const auto smaller = minimum(a, b).to_vector<float>();
  CHECK(smaller[0] == 1);
  CHECK(smaller[1] == 4);
  CHECK(std::isnan(smaller[2]));
  CHECK(std::isnan(smaller[3]));
  CHECK(smaller[4] == -infinity);
  CHECK(same(maximum(integers({3, 4}), integers({5, 1})), integers({5, 4})));
  CHECK_THROWS_AS(maximum(ones({1}, boolean), ones({1}, boolean)), Error);
}

TEST_CASE("pow") {
  CHECK(same(pow(tensor({2, 3}, f64), tensor({3, 0.5}, f64)), tensor({8, std::sqrt(3.0)}, f64)));
  CHECK(same(pow(tensor({2, -3}), 2), tensor({4, 9})));
  CHECK(same(pow(tensor({2, -3}), 3), tensor({8, -27})));
  CHECK(same(pow(tensor({4, 0.25}), -0.5), tensor({0.5, 2})));
  CHECK(std::isnan(pow(tensor({-1}), 0.5).item()));
  CHECK_THROWS_WITH(pow(integers({2}), 2), "pow: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
}

TEST_CASE("add_into adds in place, dense or strided, and is counted") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  const auto before = x.version();
  add_into(x, tensor({{10, 20}, {30, 40}}));
  CHECK(same(x, tensor({{11, 22}, {33, 44}})));
  CHECK(x.version() > before);
  add_into(transpose(x), tensor({{0, 1}, {2, 3}}));
  CHECK(same(x, tensor({{11, 24}, {34, 47}})));
  add_into(select(x, 1, 0), tensor({1, 1}));
  CHECK(same(x, tensor({{12, 24}, {35, 47}})));
  add_into(x, x);
  CHECK(same(x, tensor({{24, 48}, {70, 94}})));
  const Tensor n = integers({1, 2});
  add_into(n, integers({1, 1}));
  CHECK(same(n, integers({2, 3})));

  const Tensor square = integers({0, 1, 2, 3});
  add_into(reshape(square, {2, 2}), transpose(reshape(square, {2, 2})));
  CHECK(same(square, integers({0, 3, 3, 6})));
  add_into(slice(square, 0, 1, 4), slice(square, 0, 0, 3));
  CHECK(same(square, integers({0, 3, 6, 9})));
  CHECK_THROWS_WITH(add_into(x, tensor({1, 2})),
                    "add_into: [2] into [2, 2]: the shapes must be equal; see sum_to and expand");
  CHECK_THROWS_WITH(add_into(x, zeros({2, 2}, f64)),
                    "add_into: dtypes f32 and f64 differ: convert one with to(x, f64)");
  CHECK_THROWS_AS(add_into(ones({1}, boolean), ones({1}, boolean)), Error);
}

TEST_CASE("scale_into multiplies in place") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  scale_into(x, 2);
  CHECK(same(x, tensor({{2, 4}, {6, 8}})));
  scale_into(select(x, 1, 1), 0.5);
  CHECK(same(x, tensor({{2, 2}, {6, 4}})));
  CHECK_THROWS_WITH(scale_into(integers({1}), 0.5), "scale_into: i64 cannot hold 0.5: use f32 or f64");
}
