// Arithmetic and choices with a history: values and gradients by hand, broadcast inputs, and one variable used twice.
#include "glance/autograd/arithmetic.h"

#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/storage.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

struct OfTwo {
  const char* name;
  Variable (*f)(const Variable&, const Variable&);
};

// The gradients of the sum of y.
Tensor gradient(const Variable& y, const Variable& x) { return grad(sum(y), {x})[0].value(); }

TEST_CASE("arithmetic: values and gradients by hand") {
  const Variable a = given({6, 8});
  const Variable b = given({2, 4});
  CHECK(same((a + b).value(), tensor({8, 12})));
  CHECK(same((a - b).value(), tensor({4, 4})));
  CHECK(same((a * b).value(), tensor({12, 32})));
  CHECK(same((a / b).value(), tensor({3, 2})));
  CHECK(same((-a).value(), tensor({-6, -8})));

  CHECK(same(gradient(a + b, a), tensor({1, 1})));
  CHECK(same(gradient(a + b, b), tensor({1, 1})));
  CHECK(same(gradient(a - b, a), tensor({1, 1})));
  CHECK(same(gradient(a - b, b), tensor({-1, -1})));
  CHECK(same(gradient(a * b, a), tensor({2, 4})));
  CHECK(same(gradient(a * b, b), tensor({6, 8})));
  CHECK(same(gradient(a / b, a), tensor({0.5, 0.25})));
  CHECK(same(gradient(a / b, b), tensor({-1.5, -0.5})));
  CHECK(same(gradient(-a, a), tensor({-1, -1})));
}

TEST_CASE("arithmetic with a number: values and gradients by hand") {
  const Variable x = given({2, 4});
  CHECK(same((x + 1).value(), tensor({3, 5})));
  CHECK(same((1 + x).value(), tensor({3, 5})));
  CHECK(same((x - 1).value(), tensor({1, 3})));
  CHECK(same((1 - x).value(), tensor({-1, -3})));
  CHECK(same((x * 3).value(), tensor({6, 12})));
  CHECK(same((3 * x).value(), tensor({6, 12})));
  CHECK(same((x / 4).value(), tensor({0.5, 1})));
  CHECK(same((8 / x).value(), tensor({4, 2})));

  CHECK(same(gradient(x + 1, x), tensor({1, 1})));
  CHECK(same(gradient(1 + x, x), tensor({1, 1})));
  CHECK(same(gradient(x - 1, x), tensor({1, 1})));
  CHECK(same(gradient(1 - x, x), tensor({-1, -1})));
  CHECK(same(gradient(x * 3, x), tensor({3, 3})));
  CHECK(same(gradient(3 * x, x), tensor({3, 3})));
  CHECK(same(gradient(x / 4, x), tensor({0.25, 0.25})));
  CHECK(same(gradient(8 / x, x), tensor({-2, -0.5})));
}

TEST_CASE("arithmetic: a broadcast input has its own shape's gradient") {
  const Variable row = given({1, 2, 3});
  const Variable column = given({{10}, {20}});
  const Variable number = parameter(scalar(2));
  const auto gradients = grad(sum(row * column * number), {row, column, number});
  CHECK(same(gradients[0].value(), tensor({60, 60, 60})));
  CHECK(same(gradients[1].value(), tensor({{12}, {12}})));
  CHECK(same(gradients[2].value(), scalar(180)));
}

TEST_CASE("arithmetic: one variable as both inputs counts twice") {
  const Variable three = given({3});
  CHECK(same(gradient(three * three, three), tensor({6})));
  CHECK(same(gradient(three + three, three), tensor({2})));
  CHECK(same(gradient(three - three, three), tensor({0})));
}

TEST_CASE("arithmetic: a factor is kept only for the other's derivative") {
  const Variable x = parameter(ones({1000}));
  Variable factor = x + 1;
  const Variable product = factor * ones({1000});
  const auto before = storage_statistics().live_bytes;
  factor = Variable();
  CHECK(storage_statistics().live_bytes <= before - 4000);
  CHECK(same(grad(sum(product), {x})[0].value(), ones({1000})));
}

TEST_CASE("where hands the gradient to what was chosen") {
  const Tensor condition = greater(tensor({1, -1, 1}), 0);
  const Variable a = given({1, 2, 3});
  const Variable b = given({{10, 20, 30}, {40, 50, 60}});
  const Variable y = where(condition, a, b);
  CHECK(same(y.value(), tensor({{1, 20, 3}, {1, 50, 3}})));
  CHECK(same(gradient(y, a), tensor({2, 0, 2})));
  CHECK(same(gradient(where(condition, a, b), b), tensor({{0, 1, 0}, {0, 1, 0}})));
  CHECK(same(gradient(where(condition, a, 5), a), tensor({1, 0, 1})));
  CHECK(same(gradient(where(condition, 5, a), a), tensor({0, 1, 0})));
}

TEST_CASE("masked_fill stops the gradient where it fills") {
  const Tensor mask = greater(tensor({1, -1, 1}), 0);
  const Variable x = given({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(masked_fill(x, mask, 9).value(), tensor({{9, 2, 9}, {9, 5, 9}})));
  CHECK(same(gradient(masked_fill(x, mask, 9), x), tensor({{0, 1, 0}, {0, 1, 0}})));
}

TEST_CASE("where and masked_fill notice that the mask was changed") {
  const Tensor mask = greater(tensor({1, -1}), 0);
  const Variable x = given({1, 2});
  const Variable y = sum(masked_fill(x, mask, 0));
  const Variable z = sum(where(mask, x, 0));
  mask.write<bool>()[0] = false;
  CHECK_THROWS_WITH(grad(y, {x}),
                    "masked_fill: input 1 of shape [2] was changed in place after it was saved for the backward pass: "
                    "change a copy, or differentiate first");
  CHECK_THROWS_AS(grad(z, {x}), Error);
}

TEST_CASE("arithmetic: bad input is an error") {
  const Variable a = parameter(zeros({2, 3}));
  const Variable b = parameter(zeros({2}));
  const Variable c = parameter(zeros({2, 3}, f64));
  for (const OfTwo& f : {OfTwo{"add", [](const Variable&x, const Variable&y) { return x + y; }},
                         OfTwo{"subtract", [](const Variable&x, const Variable&y) { return x - y; }},
                         OfTwo{"multiply", [](const Variable&x, const Variable&y) { return x * y; }},
                         OfTwo{"divide", [](const Variable&x, const Variable&y) { return x / y; }},
                         OfTwo{"maximum", [](const Variable&x, const Variable&y) { return maximum(x, y); }},
                         OfTwo{"minimum", [](const Variable&x, const Variable&y) { return minimum(x, y); }},
                         OfTwo{"pow", [](const Variable&x, const Variable&y) { return pow(x, y); }}}) {
    const std::string name = f.name;
    CHECK_THROWS_WITH(f.f(a, c), name + ": dtypes f32 and f64 differ: convert one with to(x, f64)");
    CHECK_THROWS_AS(f.f(a, b), Error);
    CHECK_THROWS_AS(f.f(a, Variable()), Error);
  }
  CHECK_THROWS_AS(clamp(a, 1, 0), Error);
  CHECK_THROWS_AS(where(a.value(), a, a), Error);
  CHECK_THROWS_AS(masked_fill(b, ones({2, 2}, boolean), 0), Error);
}

TEST_CASE("a gradient comes back in the dtype that was converted") {
  const Variable x = parameter(tensor({1, 2}));
  const Variable wide = to(x, f64);
  CHECK(wide.dtype() == f64);
  const Tensor gradient = grad(sum(wide * wide), {x})[0].value();
  CHECK(gradient.dtype() == f32);
  CHECK(same(gradient, tensor({2, 4})));
  const Variable narrow = parameter(tensor({3}, f64));
  CHECK(grad(sum(to(to(narrow, f32), f64) * 5), {narrow})[0].dtype() == f64);
  CHECK(to(x, f32).node().get() == x.node().get());
  CHECK_FALSE(to(x, i64).requires_grad());
  CHECK(same(to(x, i64).value(), tensor({1, 2}, i64)));
  CHECK_FALSE(to(x, boolean).requires_grad());
  const Variable whole = to(Variable(arange(2)), f32);  // of what cannot have a gradient
  CHECK_FALSE(whole.requires_grad());
}

}  // namespace
}  // namespace glance
