// NoGrad and DetectAnomaly do what they say, on their own thread only.
#include "glance/autograd/modes.h"

#include <cmath>
#include <thread>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "tests/autograd/layouts.h"
#include "tests/autograd/numbers.h"
#include "tests/catch.h"

namespace glance {
namespace {

TEST_CASE("NoGrad and detach stop recording") {
  const Variable x = number(3);
  {
    const NoGrad no_grad;
    CHECK(!(x * x).requires_grad());
    CHECK(!current_modes().recording);
  }
  CHECK(current_modes().recording);
  CHECK((x * x).requires_grad());
  CHECK(!x.detach().requires_grad());
  CHECK(x.detach().value().shares_storage(x.value()));
  CHECK(only(grad(x * x.detach(), {x})) == 3);
}

TEST_CASE("grad works under NoGrad on a graph recorded before") {
  const Variable x = number(3);
  const Variable y = x * x * x;
  const NoGrad no_grad;
  const Variable first = grad(y, {x}, {.create_graph = true})[0];
  CHECK(first.item() == 27);
  CHECK(first.requires_grad());
}

TEST_CASE("DetectAnomaly names the operation that made it") {
  const Variable x = given({-1, 0, 1});
  // Without it, numbers pass as they are.
  CHECK(std::isnan(sum(log(x)).item()));
  const DetectAnomaly detect;
  CHECK_THROWS_WITH(
      log(x), "log: its forward pass made 1 NaN and 1 infinite of the 3 elements of [3]: look at what goes into it");
  CHECK_THROWS_WITH(
      grad(sum(sqrt(abs(x)) * 2), {x}),
      "sqrt: its backward pass made 0 NaN and 1 infinite of the 3 elements of [3]: look at what goes into it");
  CHECK_THROWS_AS(grad(sum(sqrt(abs(x)) * 2), {x}, {.create_graph = true}), Error);
  CHECK_THROWS_AS(sum(sqrt(abs(x))).backward(), Error);
  CHECK_NOTHROW(grad(sum(exp(x)), {x}));
}

TEST_CASE("DetectAnomaly finds what a rule wrote into a buffer") {
  const Variable x = given({1, 2});
  const Variable y = record("broken", {x}, x.value() * 1, Save::nothing,
                            [](const Saved&, Gradients& g) { g.buffer(0).write<float>()[1] = std::nanf(""); });
  const DetectAnomaly detect;
  CHECK_THROWS_WITH(grad(sum(y * 2), {x}),
                    "broken: its backward pass made 1 NaN and 0 infinite of the 2 elements of [2]: "
                    "look at what goes into it");
}

TEST_CASE("modes belong to a thread") {
  const NoGrad no_grad;
  bool recording = false;
  std::thread([&] { recording = current_modes().recording; }).join();
  CHECK(recording);
}

}  // namespace
}  // namespace glance
