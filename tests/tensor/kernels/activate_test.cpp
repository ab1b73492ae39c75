// A bias and an activation over rows, against the functions one by one, differences, and what is kept of them.
#include "glance/tensor/kernels/activate.h"

#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/slopes.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

Tensor plain(Activation activation, const Tensor& x) { return activation == Activation::relu ? relu(x) : gelu(x); }

Tensor plain_slope(Activation activation, const Tensor& x) {
  return activation == Activation::relu ? to(greater(x, 0), x.dtype()) : gelu_slope(x);
}

}  // namespace

TEST_CASE("activate is a bias and an activation, and its backward pass their slope and a sum over rows") {
  for (const Activation activation : {Activation::relu, Activation::gelu})
    for (const DType dtype : {f64, f32})
      for (const bool biased : {true, false})
        for (const Shape& shape : {Shape{2, 3, 21}, Shape{200, 5}, Shape{7}, Shape{0, 4}, Shape{3, 0}}) {
          INFO(to_string(shape) << " " << name(dtype) << " " << biased << " " << static_cast<int>(activation));
          const Tensor h = noise(shape, dtype, 1) * 3, bias = biased ? noise({shape.back()}, dtype, 2) : Tensor();
          const Tensor x = biased ? h + bias : copy(h);
          const Tensor silent = copy(h);
          const Tensor kept = activate(activation, h, bias, true);
          CHECK(all_close(h, plain(activation, x), 1e-6));
          CHECK_FALSE(activate(activation, silent, bias, false).defined());
          CHECK(same(silent, h));
          const Tensor d_output = noise(shape, dtype, 3), expected = d_output * plain_slope(activation, x);
          const Tensor rows = reshape(expected, {shape.back() > 0 ? shape.numel() / shape.back() : 0, shape.back()});
          for (const bool accumulate : {false, true}) {
            const Tensor d = copy(d_output);
            const Destination d_bias{filled({shape.back()}, dtype, 3), accumulate};
            activate_backward(activation, kept, d, d_bias);
            CHECK(all_close(d, expected, 1e-6));
            check_close(d_bias.tensor, accumulate ? sum(rows, 0) + 3 : sum(rows, 0), 2e-5);
          }
        }
}

TEST_CASE("a NaN stays one through an activation, and relu passes nothing at zero") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Activation activation : {Activation::relu, Activation::gelu}) {
    const Tensor h = tensor({{nan, 1}}, f32);
    activate(activation, h, {}, false);
    CHECK(h.to_vector<float>()[0] != h.to_vector<float>()[0]);
  }
  const Tensor h = tensor({{-1, 0, -0.0, 2}}, f64), d = ones({1, 4}, f64);
  const Tensor kept = activate(Activation::relu, h, {}, true);
  activate_backward(Activation::relu, kept, d, {});
  CHECK(same(d, tensor({{0, 0, 0, 1}}, f64)));
}

TEST_CASE("activate's errors say what does not fit") {
  const Tensor h = noise({2, 5}, f32, 1);
  CHECK_THROWS_WITH(activate(Activation::gelu, Tensor(), {}, true), Contains("[..., features]"));
  CHECK_THROWS_WITH(activate(Activation::gelu, to(h, i64), {}, true), Contains("i64"));
  CHECK_THROWS_WITH(activate(Activation::gelu, h, noise({4}, f32, 1), true), Contains("bias is [4]"));
  CHECK_THROWS_WITH(activate(Activation::gelu, transpose(h), {}, true), Contains("strided"));
  CHECK_THROWS_WITH(activate_backward(Activation::gelu, h, noise({5, 2}, f32, 1), {}), Contains("gradient"));
  CHECK_THROWS_WITH(activate_backward(Activation::gelu, h, copy(h), {noise({2}, f32, 1)}),
                    Contains("gradient of bias"));
}
