#include "autograd/products.h"

#include "autograd/gradcheck.h"
#include "autograd/views.h"
#include "tensor/random.h"
#include "tensor/view.h"
#include "tests/autograd/twins.h"

using namespace glance;
using Catch::Matchers::Contains;

namespace {

Tensor random(const Shape& shape, std::uint64_t seed = 1, DType dtype = f64) {
  Generator g(seed);
  return normal(shape, g, 0, 1, dtype);
}

Variable product(const Variable& a, const Variable& b) { return matmul(a, b); }

}  // namespace

TEST_CASE("a product and its gradients by hand") {
  const Variable a = parameter(tensor({{1, 2}, {3, 4}}, f64));
  const Variable b = parameter(tensor({{5}, {6}}, f64));
  const Variable y = matmul(a, b);
  CHECK(same(y.value(), tensor({{17}, {39}}, f64)));
  const auto gradients = grad(y, {a, b}, tensor({{1}, {10}}, f64));
  CHECK(same(gradients[0].value(), tensor({{5, 6}, {50, 60}}, f64)));
  CHECK(same(gradients[1].value(), tensor({{31}, {42}}, f64)));
}

TEST_CASE("matmul's derivatives are right for matrices, vectors and batches") {
  gradcheck(product, {random({2, 3}), random({3, 2}, 2)});
  gradcheck(product, {random({3}), random({3}, 2)});
  gradcheck(product, {random({3}), random({3, 2}, 2)});
  gradcheck(product, {random({2, 3}), random({3}, 2)});
  gradcheck(product, {random({2, 2, 3}), random({2, 3, 2}, 2)});
  gradcheck(product, {random({2, 2, 3}), random({3}, 2)});
  gradcheck(product, {random({3}), random({2, 3, 2}, 2)});
  gradcheck(product, {random({2, 1, 2, 3}), random({3, 3, 2}, 2)});
  gradcheck(product, {transpose(random({3, 2})), transpose(random({2, 3}, 2))});
  gradcheck(product, {random({0, 3}), random({3, 2}, 2)});
  gradcheck(product, {random({2, 0}), random({0, 2}, 2)});
  gradcheck([](const Variable& a) { return matmul(a, a); }, {random({2, 2})});
}

TEST_CASE("linear is its twin") {
  const ManyToMany fused = [](std::span<const Variable> in) {
    return std::vector<Variable>{linear(in[0], in[1], in[2])};
  };
  const ManyToMany twin = [](std::span<const Variable> in) {
    return std::vector<Variable>{composed_linear(in[0], in[1], in[2])};
  };
  check_twins(fused, twin, {random({5, 3}), random({4, 3}, 2), random({4}, 3)});
  check_twins(fused, twin, {random({2, 5, 3}), random({4, 3}, 2), random({4}, 3)});
  check_twins(fused, twin, {random({3}), random({4, 3}, 2), random({4}, 3)});
  check_twins(fused, twin, {transpose(random({3, 5})), random({4, 3}, 2), random({4}, 3)});
  check_twins(fused, twin, {select(random({2, 6, 3}), 1, 4), transpose(random({3, 4}, 2)), random({4}, 3)});
  check_twins(fused, twin, {random({0, 3}), random({4, 3}, 2), random({4}, 3)});
  check_twins(fused, twin, {random({2, 7, 33}, 1, f32), random({65, 33}, 2, f32), random({65}, 3, f32)}, 1e-4);
}

TEST_CASE("linear's derivatives of both orders are right") {
  const auto three = [](const Variable& x, const Variable& w, const Variable& b) { return linear(x, w, b); };
  gradcheck(three, {random({2, 3}), random({2, 3}, 2), random({2}, 3)});
  gradcheck(three, {random({2, 2, 3}), random({2, 3}, 2), random({2}, 3)});
  gradcheck([](const Variable& x, const Variable& w) { return linear(x, w); }, {random({2, 3}), random({2, 3}, 2)});
  // One tensor as input, weight and bias at once.
  gradcheck([](const Variable& w) { return linear(w, w, select(w, 0, 1)); }, {random({2, 2})});
}

TEST_CASE("shapes that do not fit a product are named") {
  CHECK_THROWS_WITH(matmul(Variable(ones({2, 3})), Variable(ones({4, 5}))),
                    "matmul: [2, 3] x [4, 5]: inner dimensions 3 and 4 differ");
  CHECK_THROWS_WITH(linear(ones({2, 3}), ones({4, 5})),
                    "linear: x [2, 3] and weight [4, 5]: wanted x [..., in] and weight [out, in]");
  CHECK_THROWS_WITH(linear(ones({2, 3}), ones({4, 3}), ones({3})),
                    "linear: bias [3] for weight [4, 3]: wanted bias [4]");
  CHECK_THROWS_WITH(linear(ones({2, 3}), ones({4, 3}, f64)), Contains("f32") && Contains("f64"));
}
