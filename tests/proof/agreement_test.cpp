// What must give the same: f32 and f64, a fused operation and its twin, any strides.
#include <algorithm>
#include <string>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/proof/variants.h"

namespace glance::proof {
namespace {

// The outputs, and the gradients of a random projection of them, as f64.
std::vector<Tensor> results(const Differentiable& f, std::span<const Tensor> inputs) {
  std::vector<Variable> parameters;
  for (const Tensor& input : inputs) parameters.push_back(parameter(input));
  std::vector<Tensor> list;
  Generator generator(9);
  Variable projection = scalar(0, inputs[0].dtype());
  for (const Variable& y : f(parameters)) {
    list.push_back(to(y.value(), f64));
    if (!y.requires_grad()) continue;
    projection = projection + sum(y * to(normal(y.shape(), generator, 0, 1, f64), y.dtype()));
  }
  if (projection.requires_grad()) {
    for (const Variable& gradient : grad(projection, std::span<const Variable>(parameters)))
      list.push_back(to(gradient.value(), f64));
  } else {  // nothing of the inputs is in the outputs
    for (const Variable& input : parameters) list.push_back(zeros(input.shape(), f64));
  }
  return list;
}

void check_equal(std::span<const Tensor> a, std::span<const Tensor> b, double tolerance) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO("output or gradient " << i);
    REQUIRE(a[i].shape() == b[i].shape());
    // A sum is as exact as its largest terms are, so what cancels is measured by the tensor's largest element.
    const double size = a[i].numel() > 0 ? std::max(1.0, max(abs(a[i])).item()) : 1.0;
    CHECK(all_close(a[i], b[i], tolerance, tolerance * size));
  }
}

std::vector<Tensor> converted(std::span<const Tensor> list, DType dtype) {
  std::vector<Tensor> result;
  for (const Tensor& x : list) result.push_back(to(x, dtype));
  return result;
}

TEST_CASE("f32 agrees with f64") {
  for (const Case& c : cases()) {
    for (const Sizes& sizes : {small_sizes(c), wide_sizes(c)}) {
      INFO(c.name());
      const std::vector<Tensor> f32_inputs = converted(inputs_of(c, sizes), f32);
      check_equal(results(c.function, f32_inputs), results(c.function, converted(f32_inputs, f64)), c.more.tolerance);
    }
  }
}

TEST_CASE("a fused operation is its twin") {
  for (const Case& c : cases()) {
    if (!c.more.twin) continue;
    std::vector<Variant> variants;
    for (auto* derive : {plain, broadcast, strided, zero_size, single_element})
      for (Variant& variant : derive(c))
        if (!left_out(c, variant)) variants.push_back(std::move(variant));
    variants.push_back({"wide", c.function, inputs_of(c, wide_sizes(c))});
    for (const Variant& variant : variants) {
      INFO(c.name() << ", " << variant.name);
      check_equal(results(c.function, variant.inputs), results(c.more.twin->function, variant.inputs), 1e-10);
    }
  }
}

// Differences cannot look at inputs whose elements share memory: each would move several.
TEST_CASE("an input that repeats one element gives what a copy gives") {
  for (const Case& c : cases()) {
    const std::vector<Tensor> inputs = inputs_of(c, small_sizes(c));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      INFO(c.name() << ", input " << i);
      std::vector<Tensor> repeated = inputs;
      const Tensor& x = inputs[i];
      if (x.rank() == 0) continue;
      repeated[i] = expand(slice(x, 0, 0, 1), x.shape());
      std::vector<Tensor> copied = repeated;
      copied[i] = copy(repeated[i]);
      check_equal(results(c.function, repeated), results(c.function, copied), 1e-12);
    }
  }
}

}  // namespace
}  // namespace glance::proof
