// Errors about arguments name the operation, the argument and the shapes.
#include "glance/tensor/check.h"

#include "tests/catch.h"

using namespace glance;

namespace {

template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("checks of a kernel's arguments name the operation, the argument and both shapes", "[check]") {
  const Tensor x({3, 4}, f32);
  CHECK(message([&] { check_argument("lstm", "weight_hh", x, {3, 4}, f32); }) == "no error");
  CHECK(message([&] {
          check_argument("lstm", "weight_hh", x, {8, 2}, f32);
        }) == "lstm: weight_hh is [3, 4], expected [8, 2]");
  CHECK(message([&] {
          check_argument("lstm", "weight_hh", x, {3, 4}, f64);
        }) == "lstm: weight_hh is f32, expected f64: convert with to(x, f64)");
  CHECK(message([&] {
          check_argument("attend", "visible", x, {3, 4}, boolean);
        }) == "attend: visible is f32, expected bool: convert with to(x, boolean)");
  CHECK(message([&] { check_layer_dtype("layer_norm", x, "weight", Tensor({4}, f64)); }) ==
        "layer_norm: x is f32, and weight is f64: convert x with to(x, f64), or make the layer of f32");
  CHECK(message([&] { check_layer_dtype("linear", Tensor({3, 4}, i64), "weight", x); }) == "no error");
  CHECK(message([&] {
          check_argument("lstm", "weight_hh", {}, {3, 4}, f64);
        }) == "lstm: weight_hh is undefined: give a tensor");
  CHECK(message([&] { check_rank("lstm", "x", x, 3, "[batch, time, in]"); }) ==
        "lstm: x is [3, 4], expected [batch, time, in]");
  CHECK(message([&] { check_rank("lstm", "x", {}, 3, "[batch, time, in]"); }) == "lstm: x is undefined: give a tensor");
}

TEST_CASE("a destination may be undefined, but not strided or of another shape", "[check]") {
  const Tensor base({4, 3}, f32);
  const Tensor strided(base, {3, 4}, {1, 3}, 0);
  const auto check = [](const Tensor& x) {
    return message([&] { check_destination("lstm", "dx", {x}, {3, 4}, f32); });
  };
  CHECK(check({}) == "no error");
  CHECK(check(Tensor({3, 4}, f32)) == "no error");
  CHECK(check(base) == "lstm: dx is [4, 3], expected [3, 4]");
  CHECK(check(strided) == "lstm: the destination of dx is strided: give a dense tensor");
}
