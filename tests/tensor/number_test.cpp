// A number that a dtype cannot hold is an error.
#include "glance/tensor/number.h"

#include <limits>

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("a number becomes one element of the dtype") {
  CHECK(Number("f", 0.1, f32).get<float>() == 0.1f);
  CHECK(Number("f", 0.1, f64).get<double>() == 0.1);
  CHECK(Number("f", -3, i64).get<std::int64_t>() == -3);
  CHECK(Number("f", -9223372036854775808.0, i64).get<std::int64_t>() == std::numeric_limits<std::int64_t>::min());
  CHECK(Number("f", 1, boolean).get<bool>());
  CHECK_FALSE(Number("f", 0, boolean).get<bool>());
}

TEST_CASE("a number that the dtype cannot hold is an error") {
  CHECK_THROWS_WITH(Number("add", 0.5, i64), "add: i64 cannot hold 0.5: use f32 or f64");
  CHECK_THROWS_WITH(Number("add", 2, boolean), "add: bool cannot hold 2: use f32 or f64");
  CHECK_THROWS_AS(Number("add", 9223372036854775808.0, i64), Error);
  CHECK_THROWS_AS(Number("add", std::numeric_limits<double>::quiet_NaN(), i64), Error);
  CHECK_THROWS_AS(Number("add", std::numeric_limits<double>::infinity(), i64), Error);
}
