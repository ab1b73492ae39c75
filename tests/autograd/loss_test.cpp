// Cross-entropy by hand with each of its options, of nothing, and of logits that would overflow.
#include "glance/autograd/loss.h"

#include <cmath>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
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

TEST_CASE("losses of rows, their sum, and weights of classes by hand") {
  // p = 1/4, 3/4
  const Variable logits = parameter(tensor({{0, std::log(3.0)}, {0, std::log(3.0)}, {5, 5}}, f64));
  const Tensor targets = tensor({0, 1, -100}, i64);
  const double first = std::log(4.0), second = std::log(4.0 / 3);
  const Variable each = softmax_cross_entropy(logits, targets, {.reduction = Reduction::none});
  CHECK(all_close(each.value(), tensor({first, second, 0}, f64)));
  CHECK(all_close(grad(sum(each * tensor({1, 10, 100}, f64)), {logits})[0].value(),
                  tensor({{-0.75, 0.75}, {2.5, -2.5}, {0, 0}}, f64)));
  CHECK(softmax_cross_entropy(logits, targets, {.reduction = Reduction::sum}).item() == Approx(first + second));
  const Tensor weight = tensor({3, 1}, f64);
  CHECK(softmax_cross_entropy(logits, targets, {.weight = weight}).item() == Approx((3 * first + second) / 4));
  CHECK(softmax_cross_entropy(logits, targets, {.weight = zeros({2}, f64)}).item() == 0);

  const Variable log_p = tensor({{-1, -2}, {-3, -4}, {-5, -6}}, f64);
  CHECK(nll_loss(log_p, targets).item() == Approx((1 + 4) / 2.));
  CHECK(nll_loss(log_p, tensor({0, 1, 1}, i64), {.ignore_index = 1}).item() == Approx(1));
  CHECK(nll_loss(log_p, targets, {.weight = weight}).item() == Approx((3 * 1 + 4) / 4.));
  CHECK(same(nll_loss(log_p, targets, {.reduction = Reduction::none}).value(), tensor({1, 4, 0}, f64)));
  CHECK(nll_loss(log_p, tensor({0, 0, 0}, i64), {.ignore_index = 0}).item() == 0);
}

TEST_CASE("a weight that was changed in place is noticed") {
  const Variable logits = parameter(random({2, 3}));
  const Tensor weight = ones({3}, f64);
  const Variable loss = softmax_cross_entropy(logits, tensor({0, 1}, i64), {.weight = weight});
  weight.write<double>()[0] = 2;
  CHECK_THROWS_WITH(grad(loss, {logits}), Contains("softmax_cross_entropy") && Contains("changed in place"));
}

TEST_CASE("options of losses that do not fit are errors") {
  const Tensor logits = zeros({2, 3}), targets = tensor({0, 1}, i64);
  CHECK_THROWS_WITH(
      softmax_cross_entropy(logits, targets, {.count = 4, .reduction = Reduction::none}),
      "softmax_cross_entropy: a count of 4 is only for the mean: leave it out or ask for Reduction::mean");
  CHECK_THROWS_WITH(nll_loss(logits, targets, {.count = 4, .reduction = Reduction::sum}), Contains("nll_loss"));
  CHECK_THROWS_WITH(softmax_cross_entropy(logits, targets, {.weight = ones({2})}),
                    "softmax_cross_entropy: the weight of classes is [2], expected [3]");
  CHECK_THROWS_WITH(nll_loss(logits, targets, {.weight = ones({3}, f64)}), Contains("nll_loss") && Contains("f64"));
  CHECK_THROWS_WITH(nll_loss(logits, tensor({0, 3}, i64)),
                    "nll_loss: target 3 of row 1 is not a class: there are 3, counted from 0");
  CHECK_THROWS_WITH(nll_loss(logits, tensor({0}, i64)), Contains("nll_loss: logits [2, 3] and targets i64 [1]"));
}
