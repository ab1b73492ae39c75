#include "glance/autograd/variable.h"

#include <type_traits>
#include <utility>

#include "glance/autograd/arithmetic.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

Variable number(double value) { return parameter(scalar(value, f64)); }

TEST_CASE("the value of a variable about to go outlives it") {
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<const Variable&>().value()), const Tensor&>);
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<Variable>().value()), Tensor>);
  Index product = 1;
  for (const Index extent : (number(2) * Variable(Tensor({2, 3}, f64))).value().shape()) product *= extent;
  CHECK(product == 6);
}

}  // namespace
}  // namespace glance
