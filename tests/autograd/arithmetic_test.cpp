#include "autograd/arithmetic.h"

#include <cmath>
#include <limits>

#include "autograd/engine.h"
#include "autograd/gradcheck.h"
#include "autograd/reductions.h"
#include "tensor/reduce.h"
#include "tensor/storage.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct OfOne {
  const char* name;
  Variable (*f)(const Variable&);
};

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

TEST_CASE("arithmetic: derivatives of one input agree with differences") {
  const OfOne any[] = {
      {"x + 2", [](const Variable& x) { return x + 2; }},
      {"2 + x", [](const Variable& x) { return 2 + x; }},
      {"x - 2", [](const Variable& x) { return x - 2; }},
      {"2 - x", [](const Variable& x) { return 2 - x; }},
      {"x * 3", [](const Variable& x) { return x * 3; }},
      {"3 * x", [](const Variable& x) { return 3 * x; }},
      {"x / 3", [](const Variable& x) { return x / 3; }},
      {"-x", [](const Variable& x) { return -x; }},
      {"square", [](const Variable& x) { return square(x); }},
      {"abs", [](const Variable& x) { return abs(x); }},
      {"clamp", [](const Variable& x) { return clamp(x, -1, 1); }},
      {"pow 0", [](const Variable& x) { return pow(x, 0); }},
      {"pow 1", [](const Variable& x) { return pow(x, 1); }},
      {"pow 2", [](const Variable& x) { return pow(x, 2); }},
      {"pow 3", [](const Variable& x) { return pow(x, 3); }},
  };
  for (const auto& [name, f] : any) {
    INFO(name);
    for (const Tensor& x : layouts()) CHECK_NOTHROW(gradcheck(f, {x}));
  }
  const OfOne positive[] = {
      {"1 / x", [](const Variable& x) { return 1 / x; }},
      {"sqrt", [](const Variable& x) { return sqrt(x); }},
      {"pow 0.5", [](const Variable& x) { return pow(x, 0.5); }},
      {"pow -2", [](const Variable& x) { return pow(x, -2); }},
  };
  for (const auto& [name, f] : positive) {
    INFO(name);
    for (const Tensor& x : layouts(0.5, 2)) CHECK_NOTHROW(gradcheck(f, {x}));
  }
}

TEST_CASE("arithmetic: derivatives of two inputs agree with differences") {
  const OfTwo any[] = {
      {"+", [](const Variable& a, const Variable& b) { return a + b; }},
      {"-", [](const Variable& a, const Variable& b) { return a - b; }},
      {"*", [](const Variable& a, const Variable& b) { return a * b; }},
      {"maximum", [](const Variable& a, const Variable& b) { return maximum(a, b); }},
      {"minimum", [](const Variable& a, const Variable& b) { return minimum(a, b); }},
  };
  for (const auto& [name, f] : any) {
    INFO(name);
    for (const auto& [a, b] : pairs_of_layouts()) CHECK_NOTHROW(gradcheck(f, {a, b}));
  }
  const OfTwo positive[] = {
      {"/", [](const Variable& a, const Variable& b) { return a / b; }},
      {"pow", [](const Variable& a, const Variable& b) { return pow(a, b); }},
  };
  for (const auto& [name, f] : positive) {
    INFO(name);
    for (const auto& [a, b] : pairs_of_layouts(0.5, 2)) CHECK_NOTHROW(gradcheck(f, {a, b}));
  }
}

TEST_CASE("arithmetic: one variable as both inputs counts twice") {
  const Variable three = given({3});
  CHECK(same(gradient(three * three, three), tensor({6})));
  CHECK(same(gradient(three + three, three), tensor({2})));
  CHECK(same(gradient(three - three, three), tensor({0})));
  const OfOne functions[] = {
      {"x * x", [](const Variable& x) { return x * x; }},
      {"x / x²", [](const Variable& x) { return x / (x * x); }},
      {"x^x", [](const Variable& x) { return pow(x, x); }},
  };
  for (const auto& [name, f] : functions) {
    INFO(name);
    CHECK_NOTHROW(gradcheck(f, {random_values({2, 3}, 0.5, 2)}));
  }
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

TEST_CASE("maximum and minimum share the gradient of equals") {
  const Variable a = given({1, 2, 3});
  const Variable b = given({2, 2, 2});
  CHECK(same(maximum(a, b).value(), tensor({2, 2, 3})));
  CHECK(same(gradient(maximum(a, b), a), tensor({0, 0.5, 1})));
  CHECK(same(gradient(maximum(a, b), b), tensor({1, 0.5, 0})));
  CHECK(same(minimum(a, b).value(), tensor({1, 2, 2})));
  CHECK(same(gradient(minimum(a, b), a), tensor({1, 0.5, 0})));
  CHECK(same(gradient(minimum(a, b), b), tensor({0, 0.5, 1})));
}

TEST_CASE("clamp passes the gradient at its bounds and between them") {
  const Variable x = given({-2, -1, 0, 1, 2});
  CHECK(same(clamp(x, -1, 1).value(), tensor({-1, -1, 0, 1, 1})));
  CHECK(same(gradient(clamp(x, -1, 1), x), tensor({0, 1, 1, 1, 0})));
}

TEST_CASE("abs has the derivative 0 at 0") {
  const Variable x = given({-2, 0, 3});
  CHECK(same(gradient(abs(x), x), tensor({-1, 0, 1})));
}

TEST_CASE("sqrt has an infinite derivative at 0") {
  const Variable x = given({0, 4});
  CHECK(same(gradient(sqrt(x), x), tensor({infinity, 0.25})));
}

TEST_CASE("pow at 0") {
  SECTION("by a number") {
    const Variable zero = given({0});
    CHECK(same(gradient(pow(zero, 0), zero), tensor({0})));
    CHECK(same(gradient(pow(zero, 1), zero), tensor({1})));
    CHECK(same(gradient(pow(zero, 2), zero), tensor({0})));
    CHECK(same(gradient(pow(zero, 3), zero), tensor({0})));
    CHECK(same(gradient(pow(zero, 0.5), zero), tensor({infinity})));
    CHECK(same(gradient(pow(given({3, 5}), 0), zero), tensor({0})));
  }
  SECTION("by a variable") {
    const Variable x = given({0, 0, 0, 2}, f64);
    const Variable y = given({0, 1, 2, 0}, f64);
    const auto first = grad(sum(pow(x, y)), {x, y}, {.create_graph = true});
    CHECK(same(first[0].value(), tensor({0, 1, 0, 0}, f64)));
    CHECK(all_close(first[1].value(), tensor({0, 0, 0, std::log(2)}, f64)));
    const auto second = grad(sum(first[0] + first[1]), {x, y});
    CHECK(all(is_finite(second[0].value())).item() == 1);
    CHECK(all(is_finite(second[1].value())).item() == 1);
    // d²(x^y)/dx dy = x^(y-1) (1 + y log x) and d²(x^y)/dx² = y (y-1) x^(y-2), at x = 2, y = 0
    CHECK(second[0].value().to_vector<double>()[3] == Approx(0.5));
    CHECK(second[1].value().to_vector<double>()[3] == Approx(0.5 + std::log(2) * std::log(2)));
  }
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
  for (const auto& [p, q] : pairs_of_layouts()) {
    const Tensor chosen = greater(p, 0.3);
    const auto f = [&](const Variable& s, const Variable& t) { return where(chosen, s, t * t) * where(chosen, t, 2); };
    CHECK_NOTHROW(gradcheck(f, {p, q}));
  }
}

TEST_CASE("masked_fill stops the gradient where it fills") {
  const Tensor mask = greater(tensor({1, -1, 1}), 0);
  const Variable x = given({{1, 2, 3}, {4, 5, 6}});
  CHECK(same(masked_fill(x, mask, 9).value(), tensor({{9, 2, 9}, {9, 5, 9}})));
  CHECK(same(gradient(masked_fill(x, mask, 9), x), tensor({{0, 1, 0}, {0, 1, 0}})));
  for (const Tensor& in : layouts()) {
    const Tensor hidden = greater(in, 0);
    CHECK_NOTHROW(gradcheck([&](const Variable& v) { return masked_fill(v * v, hidden, 3); }, {in}));
  }
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

}  // namespace
}  // namespace glance
