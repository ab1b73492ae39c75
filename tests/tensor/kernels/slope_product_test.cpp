// The gradient times a slope, against the two computed one by one.
#include "glance/tensor/kernels/slope_product.h"

#include "glance/tensor/elementwise.h"
#include "glance/tensor/slopes.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

TEST_CASE("a slope product is the gradient times the slope, over what is there or added to it") {
  constexpr std::pair<Bent, Tensor (*)(const Tensor&)> functions[] = {
      {Bent::tanh, tanh_slope}, {Bent::sigmoid, sigmoid_slope}, {Bent::erf, erf_slope}, {Bent::gelu, gelu_slope}};
  for (const auto& [function, slope] : functions)
    for (const DType dtype : {f64, f32})
      for (const bool accumulate : {false, true}) {
        const Tensor x = transpose(noise({5, 21}, dtype, 1)), grad = noise({21, 5}, dtype, 2);
        const Destination to{filled({21, 5}, dtype, 3), accumulate};
        put_slope_product(function, x, grad, to);
        const Tensor product = grad * slope(x);
        CHECK(all_close(to.tensor, accumulate ? product + 3 : product, 1e-6));
      }
}

TEST_CASE("a slope product that nobody wants does nothing, and one that does not fit is refused") {
  const Tensor x = filled({2, 3}, f32, 1);
  put_slope_product(Bent::gelu, x, filled({3, 2}, f32, 1), {});
  CHECK_THROWS_WITH(put_slope_product(Bent::gelu, x, filled({3, 2}, f32, 1), {filled({2, 3}, f32, 0)}),
                    Contains("gelu"));
  CHECK_THROWS_WITH(put_slope_product(Bent::tanh, x, x, {filled({3, 2}, f32, 0)}), Contains("tanh"));
}
