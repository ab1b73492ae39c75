// The check of causality passes what looks back alone, and names the first place that leaks.
#include "glance/nn/check_causal.h"

#include "glance/tensor/create.h"
#include "glance/tensor/cumsum.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/join.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

// What stands `places` further on, and zeros after the end.
Tensor from_later(const Tensor& x, Index places) {
  const Index time = x.shape(1);
  return concat({slice(x, 1, places, time), zeros({x.shape(0), places}, x.dtype())}, 1);
}

const Tensor symbols = tensor({{3, 1, 4, 1, 5}, {9, 2, 6, 5, 3}}, i64);

}  // namespace

TEST_CASE("what looks back alone passes, for symbols and for numbers") {
  Generator g(1);
  const auto sums = [](const Tensor& x) { return cumsum(to(x, f64), 1); };
  CHECK_NOTHROW(check_causal(sums, symbols));
  CHECK_NOTHROW(check_causal(sums, uniform({2, 6}, g, 0, 1, f64)));
  CHECK_NOTHROW(check_causal([](const Tensor& x) { return cumsum(x, 0); }, uniform({6, 2}, g), {.dim = 0}));
  CHECK_NOTHROW(check_causal([](const Tensor& x) { return cumsum(x, -2); }, uniform({2, 6, 3}, g), {.dim = -2}));
}

TEST_CASE("the first place that leaks is named, and what it depends on") {
  const auto leak = [](Index places) {
    return [places](const Tensor& x) { return to(x, f64) + from_later(to(x, f64), places); };
  };
  CHECK_THROWS_WITH(check_causal(leak(1), symbols),
                    "check_causal: place 0 of the output depends on place 1 of the input, which is later");
  CHECK_THROWS_WITH(check_causal(leak(3), symbols), Contains("place 0 of the output depends on place 3 of the input"));
  // A mask that is right but for the last place but one.
  const auto late = [](const Tensor& x) {
    const Tensor y = copy(to(x, f64));
    assign(select(y, 1, 3), select(y, 1, 3) + select(y, 1, 4) * 1e-9);
    return y;
  };
  CHECK_THROWS_WITH(check_causal(late, symbols), Contains("place 3 of the output depends on place 4 of the input"));
  Generator g(1);
  const auto normed = [](const Tensor& x) { return x - mean(x, 1, true); };
  CHECK_THROWS_WITH(check_causal(normed, uniform({2, 4, 3}, g)), Contains("place 0"));
}

TEST_CASE("the check refuses what it can tell nothing of") {
  const auto itself = [](const Tensor& x) { return x; };
  CHECK_THROWS_WITH(check_causal(itself, zeros({2, 1})), "check_causal: [2, 1] has 1 places: give two or more");
  CHECK_THROWS_WITH(check_causal(itself, zeros({2, 3}, i64)),
                    "check_causal: all symbols are equal: give some that differ");
  CHECK_THROWS_WITH(check_causal(itself, zeros({4})), Contains("check_causal"));
  CHECK_THROWS_WITH(check_causal([](const Tensor& x) { return slice(x, 1, 0, 2); }, symbols),
                    "check_causal: an output [2, 2] has not the 5 places of the input [2, 5] along dimension 1");
  Generator noise(1);
  CHECK_THROWS_WITH(check_causal([&](const Tensor& x) { return uniform(x.shape(), noise); }, symbols),
                    "check_causal: the function gives different values for the same input");
}
