// Functions of one element: known values, NaN, and errors under the function's own name.
#include <cmath>
#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// Checks f against `expected` at some numbers, in both floating dtypes, in rows long enough for vectors and strided.
template <class F, class G>
void check_values(F f, G expected, double low, double high) {
  for (const DType dtype : {f32, f64}) {
    const Tensor x = arange(low, high, (high - low) / 100, dtype);
    const Tensor y = f(x);
    REQUIRE(y.dtype() == dtype);
    const Tensor wide = to(y, f64);
    const Tensor at = to(x, f64);
    for (Index i = 0; i < x.numel(); ++i) {
      const double value = expected(at.read<double>()[i]);
      CAPTURE(dtype, at.read<double>()[i]);
      CHECK(wide.read<double>()[i] ==
            Approx(value).epsilon(dtype == f32 ? 5e-7 : 1e-14).margin(dtype == f32 ? 1e-7 : 1e-15));
    }
    const Tensor pairs = reshape(x, {-1, 2});
    CHECK(all_close(f(transpose(pairs)), transpose(f(pairs)), 5e-7));
  }
}

}  // namespace

TEST_CASE("exp, log and sqrt") {
  check_values([](const Tensor& x) { return exp(x); }, [](double x) { return std::exp(x); }, -20, 20);
  check_values([](const Tensor& x) { return log(x); }, [](double x) { return std::log(x); }, 0.01, 30);
  check_values([](const Tensor& x) { return sqrt(x); }, [](double x) { return std::sqrt(x); }, 0, 30);
  CHECK(same(exp(tensor({-infinity, 0, infinity})), tensor({0, 1, infinity})));
  CHECK(same(log(tensor({0, 1, infinity})), tensor({-infinity, 0, infinity})));
  CHECK(std::isnan(log(tensor({-1})).item()));
  CHECK(std::isnan(sqrt(tensor({-1}, f64)).item()));
}

TEST_CASE("tanh, sigmoid, erf and gelu") {
  check_values([](const Tensor& x) { return tanh(x); }, [](double x) { return std::tanh(x); }, -10, 10);
  check_values([](const Tensor& x) { return sigmoid(x); }, [](double x) { return 1 / (1 + std::exp(-x)); }, -30, 30);
  check_values([](const Tensor& x) { return erf(x); }, [](double x) { return std::erf(x); }, -5, 5);
  check_values([](const Tensor& x) { return gelu(x); },
               [](double x) { return x * 0.5 * std::erfc(-x * std::sqrt(0.5)); }, -3, 8);
  CHECK(same(sigmoid(tensor({-infinity, 0, infinity})), tensor({0, 0.5, 1})));
  CHECK(same(tanh(tensor({-infinity, 0, infinity}, f64)), tensor({-1, 0, 1}, f64)));
  // Figures of its definition: gelu(1) = Φ(1), gelu(-1) = -Φ(-1).
  CHECK(gelu(tensor({1}, f64)).item() == Approx(0.84134474606854293));
  CHECK(gelu(tensor({-1}, f64)).item() == Approx(-0.15865525393145705));
}

TEST_CASE("NaN stays NaN") {
  const Tensor x = tensor({not_a_number});
  for (const Tensor& y : {exp(x), log(x), sqrt(x), tanh(x), sigmoid(x), erf(x), gelu(x), relu(x), sign(x), abs(x),
                          square(x), clamp(x, -1, 1)})
    CHECK(std::isnan(y.item()));
}

TEST_CASE("abs, square, sign, relu and clamp") {
  const Tensor x = tensor({-2.5, 0, 3});
  CHECK(same(abs(x), tensor({2.5, 0, 3})));
  CHECK(same(square(x), tensor({6.25, 0, 9})));
  CHECK(same(sign(x), tensor({-1, 0, 1})));
  CHECK(same(relu(x), tensor({0, 0, 3})));
  CHECK(same(clamp(x, -1, 2), tensor({-1, 0, 2})));
  CHECK(same(clamp(x, -infinity, 2), tensor({-2.5, 0, 2})));
  CHECK(same(clamp(transpose(tensor({{1, 2}, {3, 4}})), 2, 3), tensor({{2, 3}, {2, 3}})));

  const Tensor n = tensor({-2, 0, 3}, i64);
  CHECK(same(abs(n), tensor({2, 0, 3}, i64)));
  CHECK(same(square(n), tensor({4, 0, 9}, i64)));
  CHECK(same(sign(n), tensor({-1, 0, 1}, i64)));
  CHECK(same(relu(n), tensor({0, 0, 3}, i64)));
  CHECK(same(clamp(n, -1, 2), tensor({-1, 0, 2}, i64)));
}

TEST_CASE("functions of nothing and of one number") {
  CHECK(exp(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(exp(scalar(0)).shape() == Shape{});
  CHECK(exp(scalar(0)).item() == 1);
}

TEST_CASE("functions name themselves in errors") {
  const Tensor n = arange(3);
  CHECK_THROWS_WITH(exp(n), "exp: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(log(n), "log: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(sqrt(n), "sqrt: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(tanh(n), "tanh: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(sigmoid(n), "sigmoid: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(erf(n), "erf: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(gelu(n), "gelu: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  const Tensor b = ones({1}, boolean);
  CHECK_THROWS_WITH(relu(b), "relu: dtype bool: only numbers are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(square(b), "square: dtype bool: only numbers are supported; convert with to(x, f32)");
  CHECK_THROWS_AS(abs(b), Error);
  CHECK_THROWS_AS(sign(b), Error);
  CHECK_THROWS_AS(clamp(b, 0, 1), Error);
  CHECK_THROWS_WITH(clamp(tensor({1}), 2, 1), "clamp: low 2 is not at most high 1");
  CHECK_THROWS_WITH(clamp(n, 0.5, 1), "clamp: i64 cannot hold 0.5: use f32 or f64");
  CHECK_THROWS_AS(exp(Tensor()), Error);
}

TEST_CASE("sin, cos and tan") {
  check_values([](const Tensor& x) { return sin(x); }, [](double x) { return std::sin(x); }, -20, 20);
  check_values([](const Tensor& x) { return cos(x); }, [](double x) { return std::cos(x); }, -20, 20);
  check_values([](const Tensor& x) { return tan(x); }, [](double x) { return std::tan(x); }, -1.5, 1.5);
  CHECK(sin(scalar(1e22, f64)).item() == Approx(-0.8522008497671888));  // the known hard case of range reduction
  CHECK(cos(scalar(1e30)).item() == Approx(std::cos(static_cast<double>(1e30f))).epsilon(1e-6));
  for (const Tensor& y : {sin(tensor({infinity})), cos(tensor({-infinity})), tan(tensor({not_a_number}))})
    CHECK(std::isnan(y.item()));
}

TEST_CASE("expm1, log1p, silu and softplus") {
  check_values([](const Tensor& x) { return expm1(x); }, [](double x) { return std::expm1(x); }, -20, 20);
  check_values([](const Tensor& x) { return log1p(x); }, [](double x) { return std::log1p(x); }, -0.99, 30);
  check_values([](const Tensor& x) { return silu(x); }, [](double x) { return x / (1 + std::exp(-x)); }, -30, 30);
  check_values([](const Tensor& x) { return softplus(x); }, [](double x) { return std::log1p(std::exp(x)); }, -30, 30);
  CHECK(same(silu(tensor({0, 1000, -1000})), tensor({0, 1000, 0})));
  CHECK(same(silu(tensor({-infinity, infinity})), tensor({0, infinity})));
  CHECK(softplus(scalar(-50)).item() == Approx(std::exp(-50.0)).epsilon(1e-6));
  CHECK(softplus(scalar(30, f64)).item() == 30 + std::exp(-30.0));  // 30 in PyTorch
  for (const Tensor& y : {expm1(tensor({not_a_number})), log1p(tensor({-1.5})), silu(tensor({not_a_number})),
                          softplus(tensor({not_a_number}))})
    CHECK(std::isnan(y.item()));
}

TEST_CASE("the newer functions name themselves in errors") {
  const Tensor n = arange(3);
  CHECK_THROWS_WITH(sin(n), "sin: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(cos(n), "cos: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(tan(n), "tan: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(expm1(n), "expm1: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(log1p(n), "log1p: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(silu(n), "silu: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(softplus(n), "softplus: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
}
