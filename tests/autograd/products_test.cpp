// A matrix product and its gradients by hand, and the errors of shapes that do not fit.
#include "glance/autograd/products.h"

#include "glance/autograd/engine.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("a product and its gradients by hand") {
  const Variable a = parameter(tensor({{1, 2}, {3, 4}}, f64));
  const Variable b = parameter(tensor({{5}, {6}}, f64));
  const Variable y = matmul(a, b);
  CHECK(same(y.value(), tensor({{17}, {39}}, f64)));
  const auto gradients = grad(y, {a, b}, tensor({{1}, {10}}, f64));
  CHECK(same(gradients[0].value(), tensor({{5, 6}, {50, 60}}, f64)));
  CHECK(same(gradients[1].value(), tensor({{31}, {42}}, f64)));
}

TEST_CASE("shapes that do not fit a product are named") {
  CHECK_THROWS_WITH(matmul(Variable(ones({2, 3})), Variable(ones({4, 5}))),
                    "matmul: [2, 3] x [4, 5]: inner dimensions 3 and 4 differ");
  CHECK_THROWS_WITH(linear(ones({2, 3}), ones({4, 5})),
                    "linear: x [2, 3] and weight [4, 5]: wanted x [..., in] and weight [out, in]");
  CHECK_THROWS_WITH(linear(ones({2, 3}), ones({4, 3}), ones({3})),
                    "linear: bias [3] for weight [4, 3]: wanted bias [4]");
  CHECK_THROWS_WITH(linear(ones({}), ones({4, 3})),
                    "linear: x [] and weight [4, 3]: wanted x [..., in] and weight [out, in]");
  CHECK_THROWS_WITH(linear(ones({2, 3}), ones({3})), "linear: weight is [3], expected [out, in]");
  CHECK_THROWS_WITH(linear(ones({2, 3}), ones({4, 3}, f64), ones({4})),
                    "linear: x is f32, and weight is f64: convert x with to(x, f64), or make the layer of f32");
  CHECK_THROWS_WITH(linear(ones({2, 3}), ones({4, 3}), ones({4}, f64)),
                    "linear: bias is f64, expected f32: convert with to(x, f32)");
  CHECK_THROWS_WITH(linear(ones({2, 3}, i64), ones({4, 3}), ones({4})),
                    "linear: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
}

TEST_CASE("a linear map and its activation by hand") {
  const Variable x = parameter(tensor({{1, 2}, {-1, 0}}, f64)), weight = parameter(tensor({{1, 1}, {2, -2}}, f64));
  const Variable bias = parameter(tensor({0.5, 1}, f64));
  // x Wᵀ + b = [3.5, -1], [-0.5, -1]
  const Variable y = activated_linear(x, weight, bias, Activation::relu);
  CHECK(same(y.value(), tensor({{3.5, 0}, {0, 0}}, f64)));
  const auto gradients = grad(y, {x, weight, bias}, tensor({{2, 3}, {4, 5}}, f64));
  CHECK(same(gradients[0].value(), tensor({{2, 2}, {0, 0}}, f64)));
  CHECK(same(gradients[1].value(), tensor({{2, 4}, {0, 0}}, f64)));
  CHECK(same(gradients[2].value(), tensor({2, 0}, f64)));
  CHECK_THROWS_WITH(activated_linear(ones({2, 3}), ones({4, 5}), {}, Activation::gelu),
                    "activated_linear: x [2, 3] and weight [4, 5]: wanted x [..., in] and weight [out, in]");
}

TEST_CASE("the gradient of an activation's output is not written over where somebody asked for it, or holds it") {
  const Variable x = parameter(tensor({{1, 2}}, f64)), weight = parameter(tensor({{1, 1}, {1, -1}}, f64));
  for (const Activation activation : {Activation::relu, Activation::gelu}) {
    const Variable y = activated_linear(x, weight, {}, activation);
    const Tensor given = tensor({{2, 3}}, f64);
    const auto alone = grad(y, {x}, given, {.retain = true});
    CHECK(same(given, tensor({{2, 3}}, f64)));
    const Variable z = matmul(y, Variable(tensor({{2}, {3}}, f64)));
    const auto both = grad(z, {y, x}, Variable(), {.retain = true});
    CHECK(same(both[0].value(), given));
    CHECK(same(both[1].value(), alone[0].value()));
    CHECK(same(grad(z, {x}, Variable())[0].value(), alone[0].value()));
  }
}
