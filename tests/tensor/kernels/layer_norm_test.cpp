// The layer norm kernel against its formula, PyTorch and differences, and its digits far from zero.
#include "glance/tensor/kernels/layer_norm.h"

#include <cmath>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

LayerNormDestinations destinations_for(const LayerNormArguments& a, double start, bool accumulate) {
  const auto make = [&](const Tensor& x) {
    return x.defined() ? Destination{filled(x.shape(), x.dtype(), start), accumulate} : Destination{};
  };
  return {make(a.x), make(a.weight), make(a.bias)};
}

}  // namespace

TEST_CASE("layer norm follows its formula", "[layer_norm]") {
  for (const Shape& shape : {Shape{3, 5}, Shape{2, 2, 37}, Shape{64}, Shape{4, 1}})
    for (const bool affine : {true, false})
      for (const DType dtype : {f64, f32}) {
        INFO(to_string(shape) << " " << affine << " " << name(dtype));
        const Index features = shape.back();
        LayerNormArguments a{noise(shape, dtype, 1), {}, {}, 1e-3};
        if (affine) a.weight = noise({features}, dtype, 2);
        if (affine) a.bias = noise({features}, dtype, 3);
        const auto x = numbers(a.x);
        std::vector<double> expected;
        for (std::size_t row = 0; row < x.size(); row += static_cast<std::size_t>(features)) {
          const auto count = static_cast<std::size_t>(features);
          double mean = 0, variance = 0;
          for (std::size_t j = 0; j < count; ++j) mean += x[row + j] / static_cast<double>(features);
          for (std::size_t j = 0; j < count; ++j)
            variance += (x[row + j] - mean) * (x[row + j] - mean) / static_cast<double>(features);
          for (std::size_t j = 0; j < count; ++j) {
            const double z = (x[row + j] - mean) / std::sqrt(variance + 1e-3);
            expected.push_back(affine ? z * numbers(a.weight)[j] + numbers(a.bias)[j] : z);
          }
        }
        check_close(layer_norm_forward(a).output, from(expected, shape, f64), dtype == f64 ? 1e-13 : 3e-6);
      }
}

TEST_CASE("layer norm's derivatives are those of its values", "[layer_norm]") {
  for (const Shape& shape : {Shape{3, 5}, Shape{2, 2, 37}, Shape{6}})
    for (const bool affine : {true, false}) {
      LayerNormArguments a{noise(shape, f64, 1), {}, {}};
      if (affine) a.weight = noise({shape.back()}, f64, 2);
      if (affine) a.bias = noise({shape.back()}, f64, 3);
      const Tensor d_output = noise(shape, f64, 4);
      const auto loss = [&] { return dot(layer_norm_forward(a).output, d_output); };
      const LayerNormResult result = layer_norm_forward(a);
      for (const bool accumulate : {false, true}) {
        const LayerNormDestinations to = destinations_for(a, 7, accumulate);
        layer_norm_backward(a, result.mean, result.inverse_deviation, d_output, to);
        const auto check = [&](const Destination& gradient, const Tensor& x) {
          if (!x.defined()) return;
          std::vector<double> expected = numbers(numeric_gradient(loss, x));
          for (double& value : expected) value += accumulate ? 7 : 0;
          check_close(gradient.tensor, from(expected, x.shape(), f64), 1e-8);
        };
        check(to.x, a.x);
        check(to.weight, a.weight);
        check(to.bias, a.bias);
      }
    }
}

TEST_CASE("layer norm agrees with PyTorch", "[layer_norm]") {
  // torch 2.13: F.layer_norm(x, (5,), w, b), and the gradients of (y * noise).sum().
  const LayerNormArguments a{noise({2, 5}, f64, 1), noise({5}, f64, 2), noise({5}, f64, 3)};
  const LayerNormResult result = layer_norm_forward(a);
  check_close(result.output,
              from({-0.194601388, -0.368159716, -0.560858471, -0.236365769, -0.336037731, 0.0281120104, -0.607039711,
                    -0.696249849, 1.13285395, 0.528059002},
                   {2, 5}, f64),
              1e-8);
  const LayerNormDestinations to = destinations_for(a, 7, false);
  layer_norm_backward(a, result.mean, result.inverse_deviation, noise({2, 5}, f64, 4), to);
  check_close(to.x.tensor,
              from({-0.655767548, 0.372594781, 0.0432786761, 0.358303339, -0.118409249, -0.204566015, 0.359830893,
                    -0.60487365, -0.152347546, 0.601956319},
                   {2, 5}, f64),
              1e-8);
  check_close(to.weight.tensor, from({0.15423722, 0.47202964, 0.227233366, -0.364072481, -1.50818954}, {5}, f64), 1e-8);
  check_close(to.bias.tensor, from({-0.327409927, -0.892098117, 0.0654789901, 0.791807947, -1.29954574}, {5}, f64),
              1e-8);
}

TEST_CASE("layer norm keeps precision far from zero, and takes empty tensors", "[layer_norm]") {
  LayerNormArguments a{from({10000, 10001, 10002, 10003}, {1, 4}, f32), {}, {}, 0};
  const double unit = 1 / std::sqrt(1.25);
  check_close(layer_norm_forward(a).output, from({-1.5 * unit, -0.5 * unit, 0.5 * unit, 1.5 * unit}, {1, 4}, f64),
              1e-6);
  for (const Shape& shape : {Shape{0, 4}, Shape{3, 0}}) {
    a.x = Tensor(shape, f32);
    CHECK(layer_norm_forward(a).output.shape() == shape);
  }
}

TEST_CASE("layer norm's errors say what does not fit", "[layer_norm]") {
  const Tensor x = noise({2, 5}, f32, 1);
  CHECK_THROWS_AS(layer_norm_forward({{}, {}, {}}), Error);
  CHECK_THROWS_AS(layer_norm_forward({Tensor(Shape{}, f32), {}, {}}), Error);
  CHECK_THROWS_AS(layer_norm_forward({to(x, i64), {}, {}}), Error);
  CHECK_THROWS_AS(layer_norm_forward({x, noise({4}, f32, 1), {}}), Error);
  CHECK_THROWS_AS(layer_norm_forward({x, {}, noise({5}, f64, 1)}), Error);
  const LayerNormResult r = layer_norm_forward({x, {}, {}});
  CHECK_THROWS_AS(layer_norm_backward({x, {}, {}}, r.output, r.inverse_deviation, x, {}), Error);
  CHECK_THROWS_AS(layer_norm_backward({x, {}, {}}, r.mean, r.inverse_deviation, noise({2, 4}, f32, 1), {}), Error);
  CHECK_THROWS_AS(
      layer_norm_backward({x, {}, {}}, r.mean, r.inverse_deviation, x, {{Tensor({5, 2}, f32), false}, {}, {}}), Error);
}

TEST_CASE("layer norm of equal numbers is exactly the bias, and of numbers far from zero keeps its digits",
          "[layer_norm]") {
  for (const DType dtype : {f32, f64})
    for (const Index features : {1, 2, 7, 300, 1024, 5000})
      for (const double value : {99999.9, 5505.9, -0.1, 1e-30, 3e30, 0.0}) {
        INFO(name(dtype) << " " << features << " x " << value);
        const Tensor x = full({2, features}, value, dtype), bias = noise({features}, dtype, 3);
        CHECK(same(layer_norm_forward({x, {}, {}}).output, zeros({2, features}, dtype)));
        CHECK(same(layer_norm_forward({x, noise({features}, dtype, 2), bias}).output, expand(bias, {2, features})));
      }
  // f32 has every whole number up to 2^24, so that these rows are the same but for where they lie.
  const Tensor near = tensor({{0, 1, 2, 3, 2, 1, 3}});
  for (const double far : {1e4, 1e6, -1.6e7}) {
    const Tensor x = near + far, g = noise({1, 7}, f32, 4);
    const LayerNormResult a = layer_norm_forward({near, {}, {}}), b = layer_norm_forward({x, {}, {}});
    CHECK(same(a.output, b.output));
    const LayerNormDestinations da = destinations_for({near, {}, {}}, 0, false),
                                db = destinations_for({x, {}, {}}, 0, false);
    layer_norm_backward({near, {}, {}}, a.mean, a.inverse_deviation, g, da);
    layer_norm_backward({x, {}, {}}, b.mean, b.inverse_deviation, g, db);
    CHECK(same(da.x.tensor, db.x.tensor));
  }
}

TEST_CASE("layer norm's gradients of weight and bias do not stop growing with the rows", "[layer_norm]") {
  const Index rows = 300'000;
  const LayerNormArguments a{expand(tensor({-1, 1}), {rows, 2}), ones({2}), zeros({2})};
  const LayerNormResult r = layer_norm_forward(a);
  const LayerNormDestinations to = destinations_for(a, 0, false);
  layer_norm_backward(a, r.mean, r.inverse_deviation, full({rows, 2}, 0.1), to);
  CHECK(all_close(to.bias.tensor, full({2}, 30'000), 1e-6));
  CHECK(all_close(to.weight.tensor, tensor({-30'000, 30'000}), 1e-5));
}
