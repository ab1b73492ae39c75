#include "glance/autograd/loss.h"

#include <cmath>

#include "glance/autograd/engine.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "tests/catch.h"

using namespace glance;

namespace {

Tensor random(const Shape& shape, DType dtype = f64) {
  Generator g(1);
  return normal(shape, g, 0, 2, dtype);
}

}  // namespace

TEST_CASE("cross-entropy by hand") {
  // p = 1/4, 3/4, so the losses are ln 4 and ln 4/3.
  const Variable logits = parameter(tensor({{0, std::log(3.0)}, {0, std::log(3.0)}}, f64));
  const Variable loss = softmax_cross_entropy(logits, tensor({0, 1}, i64));
  CHECK(loss.item() == Approx((std::log(4.0) + std::log(4.0 / 3)) / 2));
  CHECK(all_close(grad(loss, {logits})[0].value(), tensor({{-0.375, 0.375}, {0.125, -0.125}}, f64)));
}

TEST_CASE("the loss of nothing is 0, with a gradient of 0") {
  const Variable logits = parameter(random({2, 3}));
  const Variable loss = softmax_cross_entropy(logits, tensor({-100, -100}, i64));
  CHECK(loss.item() == 0);
  CHECK(same(grad(loss, {logits})[0].value(), zeros({2, 3}, f64)));
}

TEST_CASE("large logits do not overflow") {
  const Variable logits = parameter(tensor({{1000, 0}, {-1000, 0}}));
  const Variable loss = softmax_cross_entropy(logits, tensor({1, 0}, i64));
  CHECK(loss.item() == Approx(1000));
  CHECK(all_close(grad(loss, {logits})[0].value(), tensor({{0.5, -0.5}, {-0.5, 0.5}})));
}

TEST_CASE("a target that is no class is named") {
  CHECK_THROWS_WITH(softmax_cross_entropy(zeros({2, 3}), tensor({0, 3}, i64)), Contains("3"));
  CHECK_THROWS_WITH(softmax_cross_entropy(zeros({2, 3}), tensor({0}, i64)), Contains("[2, 3]"));
}
