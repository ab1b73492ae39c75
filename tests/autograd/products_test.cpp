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
