// Derivatives that have functions of their own keep their digits in the tails.
#include "glance/tensor/slopes.h"

#include <cmath>
#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

namespace {

using Slope = Tensor (*)(const Tensor&);
using Exact = long double (*)(long double);

long double exact_sigmoid_slope(long double x) {
  const long double t = std::exp(-std::fabs(x));
  return t / ((1 + t) * (1 + t));
}
long double exact_tanh_slope(long double x) { return 4 * exact_sigmoid_slope(2 * x); }
long double exact_erf_slope(long double x) { return 1.12837916709551257390L * std::exp(-x * x); }
long double exact_gelu_slope(long double x) {
  return 0.5L * std::erfc(-x * 0.70710678118654752440L) + x * 0.39894228040143267794L * std::exp(-0.5L * x * x);
}
long double exact_gelu(long double x) { return 0.5L * x * std::erfc(-x * 0.70710678118654752440L); }

}  // namespace

TEST_CASE("f64 slopes keep their digits in the tails") {
  struct Function {
    const char* name;
    Slope slope;
    Exact exact;
    double zero;  // near which the value is small and only its distance from right is asked for
  };
  constexpr double none = std::numeric_limits<double>::infinity();
  for (const Function& f :
       {Function{"sigmoid", sigmoid_slope, exact_sigmoid_slope, none},
        Function{"tanh", tanh_slope, exact_tanh_slope, none}, Function{"erf", erf_slope, exact_erf_slope, none},
        Function{"gelu", gelu_slope, exact_gelu_slope, -0.75}, Function{"gelu itself", gelu, exact_gelu, none}})
    for (double size = 1e-8; size < 1e9; size *= 1.07)
      for (const double x : {size, -size}) {
        INFO(f.name << " at " << x);
        const long double right = f.exact(x);
        const double allowed = std::abs(x - f.zero) < 0.5 ? 1 : static_cast<double>(std::abs(right));
        if (!std::isfinite(allowed) || (allowed > 0 && allowed < 1e-300)) continue;  // subnormal, or beyond long double
        CHECK(std::abs(f.slope(tensor({x}, f64)).item() - static_cast<double>(right)) <= 2e-15 * allowed);
      }
}

TEST_CASE("slopes far out, and of what is no number") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const DType dtype : {f32, f64}) {
    const Tensor x = tensor({-infinity, -1e30, 0, 1e30, infinity}, dtype);
    CHECK(same(sigmoid_slope(x), tensor({0, 0, 0.25, 0, 0}, dtype)));
    CHECK(same(tanh_slope(x), tensor({0, 0, 1, 0, 0}, dtype)));
    CHECK(same(gelu_slope(x), tensor({0, 0, 0.5, 1, 1}, dtype)));
    CHECK(same(gelu(x), tensor({0, 0, 0, dtype == f32 ? static_cast<double>(1e30f) : 1e30, infinity}, dtype)));
    CHECK(same(where(equal(x, 0), 0, erf_slope(x)), zeros({5}, dtype)));
    for (const Slope slope : {sigmoid_slope, tanh_slope, erf_slope, gelu_slope})
      CHECK(std::isnan(slope(tensor({std::nan("")}, dtype)).item()));
  }
  CHECK_THROWS_WITH(tanh_slope(tensor({1}, i64)),
                    "tanh: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
}
