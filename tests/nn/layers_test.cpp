// Linear, Embedding, LayerNorm, Dropout, the losses and the first values.
#include <cmath>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/nn/dropout.h"
#include "glance/nn/embedding.h"
#include "glance/nn/init.h"
#include "glance/nn/layer_norm.h"
#include "glance/nn/linear.h"
#include "glance/nn/loss.h"
#include "glance/nn/module.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/matmul.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("a linear layer maps the last dimension") {
  Generator g(1);
  const Linear layer(3, 2, g);
  assign(layer.weight.value(), tensor({{1, 0, 0}, {0, 1, 1}}));
  assign(layer.bias.value(), tensor({10, 20}));
  CHECK(same(layer(tensor({{{1, 2, 3}}})).value(), tensor({{{11, 25}}})));
  CHECK_FALSE(Linear(3, 2, g, {.bias = false}).bias.defined());
}

TEST_CASE("an embedding looks up rows") {
  Generator g(1);
  const Embedding layer(5, 3, g);
  const Tensor rows = layer(tensor({{4, 0}}, i64)).value();
  CHECK(rows.shape() == Shape{1, 2, 3});
  CHECK(same(select(select(rows, 0, 0), 0, 0), select(layer.weight.value(), 0, 4)));
}

TEST_CASE("a layer norm starts by only normalising") {
  const Tensor y = LayerNorm(4)(tensor({{1, 2, 3, 4}, {10, 20, 30, 40}})).value();
  CHECK(all_close(mean(y, 1), zeros({2}), 0, 1e-6));
  CHECK(all_close(mean(y * y, 1), ones({2}), 1e-4));
}

TEST_CASE("dropout without noise changes nothing, with noise keeps the mean") {
  const Dropout dropout{0.25};
  const Variable x = parameter(ones({100, 100}));
  CHECK(same(dropout(x, nullptr).value(), x.value()));
  Generator noise(1);
  const Tensor y = dropout(x, &noise).value();
  CHECK(mean(y).item() == Approx(1).margin(0.02));
  CHECK(sum(to(equal(y, 0.0), f32)).item() / 10000 == Approx(0.25).margin(0.02));
}

TEST_CASE("the losses by hand") {
  const Tensor z = tensor({0.5, -2}, f64), t = tensor({1, 0}, f64);
  CHECK(mse_loss(z, t).item() == Approx((0.25 + 4) / 2));
  const auto entropy = [](double logit, double target) {
    const double p = 1 / (1 + std::exp(-logit));
    return -(target * std::log(p) + (1 - target) * std::log(1 - p));
  };
  CHECK(binary_cross_entropy_with_logits(z, t).item() == Approx((entropy(0.5, 1) + entropy(-2, 0)) / 2));
  CHECK(binary_cross_entropy_with_logits(tensor({1000, -1000}, f64), t).item() == Approx(0).margin(1e-12));
  CHECK(nll_loss(tensor({{-1, -2}, {-3, -4}}, f64), tensor({1, 0}, i64)).item() == Approx(2.5));
}

TEST_CASE("losses of elements, and of confident answers") {
  const Tensor z = tensor({0.5, -2}, f64), t = tensor({1, 0}, f64);
  CHECK(same(mse_loss(z, t, Reduction::none).value(), tensor({0.25, 4}, f64)));
  CHECK(mse_loss(z, t, Reduction::sum).item() == 4.25);
  const Variable each = binary_cross_entropy_with_logits(z, t, Reduction::none);
  CHECK(all_close(each.value(), tensor({std::log1p(std::exp(-0.5)), std::log1p(std::exp(-2.0))}, f64)));
  CHECK(binary_cross_entropy_with_logits(z, t, Reduction::sum).item() == Approx(sum(each).item()));
  // A right answer that is sure still has a loss, down to the smallest numbers.
  const Variable sure = binary_cross_entropy_with_logits(tensor({40, -40, 40}), tensor({1, 0, 0}), Reduction::none);
  CHECK(all_close(sure.value(), tensor({std::exp(-40.0), std::exp(-40.0), 40}), 1e-6, 0));
}

TEST_CASE("first values have the spread they promise") {
  Generator g(1);
  const Tensor u = uniform_parameter({200, 50}, 0.5, g).value();
  CHECK(max(abs(u)).item() <= 0.5);
  CHECK(mean(u * u).item() == Approx(0.25 / 3).epsilon(0.05));
  const Tensor x = xavier_uniform_parameter({200, 50}, g).value();
  CHECK(max(abs(x)).item() == Approx(std::sqrt(6.0 / 250)).epsilon(0.01));
  const Tensor n = normal_parameter({200, 50}, 2, g).value();
  CHECK(mean(n * n).item() == Approx(4).epsilon(0.05));
}

TEST_CASE("an orthogonal weight keeps lengths") {
  Generator g(1);
  const Tensor square_ = orthogonal_parameter({6, 6}, 1, g, f64).value();
  CHECK(all_close(matmul(square_, transpose(square_)), eye(6, f64), 1e-10, 1e-10));
  const Tensor tall = orthogonal_parameter({7, 3}, 2, g, f64).value();
  CHECK(all_close(matmul(transpose(tall), tall), eye(3, f64) * 4.0, 1e-10, 1e-10));
  const Tensor wide = orthogonal_parameter({3, 7}, 1, g, f64).value();
  CHECK(all_close(matmul(wide, transpose(wide)), eye(3, f64), 1e-10, 1e-10));
}
