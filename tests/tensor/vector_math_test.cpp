// Functions that vectorise are within a few units in the last place of the true value, everywhere.
#include "glance/tensor/vector_math.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tests/catch.h"

namespace glance {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float smallest = std::numeric_limits<float>::denorm_min();
constexpr float largest = std::numeric_limits<float>::max();

using Loop = void (*)(float*, const float*, std::size_t);

// The functions over a row, compiled for what the tests are compiled for; and, where it makes a difference to rounding,
// for a processor that multiplies and adds in one step.
template <class F>
[[gnu::always_inline]] inline void apply(F f, float* out, const float* in, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = f(in[i]);
}

struct TwoUlp {
  static constexpr double most = 2;
};
struct FourUlp {
  static constexpr double most = 4;
};

struct Exp : TwoUlp {
  static constexpr const char* name = "exp";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::exp(x); }
  static double exact(double x) { return std::exp(x); }
};
struct Sigmoid : TwoUlp {
  static constexpr const char* name = "sigmoid";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::sigmoid(x); }
  static double exact(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
};
struct Tanh : TwoUlp {
  static constexpr const char* name = "tanh";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::tanh(x); }
  static double exact(double x) { return std::tanh(x); }
};
struct Log : TwoUlp {
  static constexpr const char* name = "log";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::log(x); }
  static double exact(double x) { return std::log(x); }
};
struct Erf : TwoUlp {
  static constexpr const char* name = "erf";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::erf(x); }
  static double exact(double x) { return std::erf(x); }
};

// The next in long double: log1p(exp(x)) and its like round more than once.
struct Expm1 : TwoUlp {
  static constexpr const char* name = "expm1";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::expm1(x); }
  static double exact(double x) { return static_cast<double>(std::expm1(static_cast<long double>(x))); }
};
struct Log1p : TwoUlp {
  static constexpr const char* name = "log1p";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::log1p(x); }
  static double exact(double x) { return static_cast<double>(std::log1p(static_cast<long double>(x))); }
};
struct Silu : FourUlp {
  static constexpr const char* name = "silu";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::silu(x); }
  static double exact(double x) {
    const long double wide = x;
    return static_cast<double>(std::isinf(x) && x < 0 ? -0.0L : wide / (1 + std::exp(-wide)));
  }
};
struct Softplus : TwoUlp {
  static constexpr const char* name = "softplus";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::softplus(x); }
  static double exact(double x) {
    const long double tail = std::log1p(std::exp(-std::abs(static_cast<long double>(x))));
    return static_cast<double>(x > 0 ? static_cast<long double>(x) + tail : tail);
  }
};

// In long double, since the square of a large x would use up the digits of a double.
struct Gelu : FourUlp {
  static constexpr const char* name = "gelu";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::gelu(x); }
  static double exact(double x) {
    if (x < -40) return -0.0;
    return static_cast<double>(0.5L * x * std::erfc(-x * 0.70710678118654752440L));
  }
};
struct SigmoidSlope : FourUlp {
  static constexpr const char* name = "sigmoid_slope";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::sigmoid_slope(x); }
  static double exact(double x) {
    const double t = std::exp(-std::fabs(x));
    return t / ((1 + t) * (1 + t));
  }
};
struct TanhSlope : FourUlp {
  static constexpr const char* name = "tanh_slope";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::tanh_slope(x); }
  static double exact(double x) { return 4 * SigmoidSlope::exact(2 * x); }
};
struct ErfSlope : TwoUlp {
  static constexpr const char* name = "erf_slope";
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::erf_slope(x); }
  static double exact(double x) { return static_cast<double>(1.12837916709551257390L * std::exp(-1.0L * x * x)); }
};
struct GeluSlope {
  [[gnu::always_inline]] float operator()(float x) const { return vector_math::gelu_slope(x); }
  static double exact(double x) {
    if (std::fabs(x) > 40) return x < 0 ? -0.0 : x > 0 ? 1 : x;
    return static_cast<double>(0.5L * std::erfc(-x * 0.70710678118654752440L) +
                               x * 0.39894228040143267794L * std::exp(-0.5L * x * x));
  }
};

template <class F>
void plain(float* out, const float* in, std::size_t n) {
  apply(F(), out, in, n);
}

#if defined(__x86_64__)
template <class F>
[[gnu::target("avx2,fma")]] void fused(float* out, const float* in, std::size_t n) {
  apply(F(), out, in, n);
}
#endif

template <class F>
std::vector<Loop> loops() {
  std::vector<Loop> all{plain<F>};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) all.push_back(fused<F>);
#endif
  return all;
}

// How far `y` is from `exact`, in units of the last place that the exact value has as a float. Infinity counts as the
// first number too large for a float. A wrong sign of zero, or one NaN of the two, is far away.
double error_in_ulp(float y, double exact) {
  constexpr double far = 1e9;
  if (std::isnan(y) || std::isnan(exact)) return std::isnan(y) && std::isnan(exact) ? 0 : far;
  if (y == 0 && std::signbit(y) != std::signbit(exact)) return far;
  const auto bounded = [](double x) { return std::clamp(x, -0x1p128, 0x1p128); };
  int exponent = 0;
  std::frexp(bounded(exact), &exponent);
  const int last_place = std::clamp(exponent - 24, -149, 104);
  return std::fabs(bounded(static_cast<double>(y)) - bounded(exact)) * std::ldexp(1.0, -last_place);
}

struct Worst {
  double error = 0;
  float x = 0;
};

// The worst error over the floats whose bits are first, first + step, … up to 2^32.
template <class F>
Worst worst_error(Loop loop, std::uint64_t first, std::uint64_t step) {
  std::vector<float> in(4096), out(4096);
  Worst worst;
  for (std::uint64_t bits = first; bits <= 0xFFFFFFFF;) {
    std::size_t n = 0;
    for (; n < in.size() && bits <= 0xFFFFFFFF; ++n, bits += step) {
      in[n] = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    }
    loop(out.data(), in.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
      const double error = error_in_ulp(out[i], F::exact(static_cast<double>(in[i])));
      if (error > worst.error) worst = {error, in[i]};
    }
  }
  return worst;
}

template <class F>
float value(float x) {
  float y = 0;
  plain<F>(&y, &x, 1);
  for (Loop loop : loops<F>()) {
    float other = 0;
    loop(&other, &x, 1);
    CHECK(error_in_ulp(other, static_cast<double>(y)) <= 4);
  }
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("f32 functions are within a few ulp of the true value", "", Exp, Sigmoid, Tanh, Log, Erf, Expm1,
                   Log1p, Silu, Softplus, Gelu, SigmoidSlope, TanhSlope, ErfSlope) {
  for (Loop loop : loops<TestType>()) {
    const Worst worst = worst_error<TestType>(loop, 3, 10007);
    INFO(TestType::name << "(" << worst.x << ") is off by " << worst.error << " ulp");
    CHECK(worst.error <= TestType::most);
    CHECK(worst.error > 0.5);  // or nothing was measured
  }
}

TEMPLATE_TEST_CASE("f32 functions are within a few ulp of the true value, every input", "[.exhaustive]", Exp, Sigmoid,
                   Tanh, Log, Erf, Expm1, Log1p, Silu, Softplus, Gelu, SigmoidSlope, TanhSlope, ErfSlope) {
  for (Loop loop : loops<TestType>()) {
    const Worst worst = worst_error<TestType>(loop, 0, 1);
    WARN(TestType::name << ": the worst of 2^32 inputs is " << worst.x << ", off by " << worst.error << " ulp");
    CHECK(worst.error <= TestType::most);
  }
}

TEST_CASE("f32 gelu_slope is within 4 ulp, and near its zero within 2^-22") {
  for (Loop loop : loops<GeluSlope>())
    for (std::uint64_t bits = 3; bits <= 0xFFFFFFFF; bits += 10007) {
      const float x = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
      float y = 0;
      loop(&y, &x, 1);
      const double exact = GeluSlope::exact(static_cast<double>(x));
      const bool passes_zero = x > -1.5f && x < 0;
      const bool right = error_in_ulp(y, exact) <= 4 || (passes_zero && std::fabs(y - exact) <= 0x1p-22);
      if (!right) FAIL("gelu_slope(" << x << ") = " << y << " where " << exact << " is right");
    }
}

TEMPLATE_TEST_CASE("f32 functions are within a few ulp where their formulas change", "", Exp, Sigmoid, Tanh, Log, Erf,
                   Expm1, Log1p, Silu, Softplus, Gelu, SigmoidSlope, TanhSlope, ErfSlope) {
  // Where exp overflows, becomes subnormal and vanishes; where tanh and erf reach one; where erf and log change
  // formula; where every function is nearly its argument; where the roundings of sigmoid and tanh add up most.
  for (float around :
       {88.722839f, -87.336544f, -103.97208f, -104.0f,     89.0f,           9.0108f, 10.0f,  3.919f,      4.0f,
        0.92f,      1.0f,        0.70710677f, 1.41421354f, 1.17549435e-38f, 1e-40f,  1e-20f, 0.34657359f, 2.7175529f,
        5.8352f,    0.519027f,   3.0f,        14.37f,      16.0f,           10.16f,  10.2f,  51.98f,      52.0f}) {
    for (float x : {around, -around}) {
      for (std::int32_t away = -2000; away <= 2000; ++away) {
        const float y = std::bit_cast<float>(std::bit_cast<std::int32_t>(x) + away);
        for (Loop loop : loops<TestType>()) {
          float result = 0;
          loop(&result, &y, 1);
          const double error = error_in_ulp(result, TestType::exact(static_cast<double>(y)));
          if (error > TestType::most)
            FAIL(TestType::name << "(" << y << ") = " << result << " is off by " << error << " ulp");
        }
      }
    }
  }
}

TEST_CASE("f32 functions of infinities, NaN and zero") {
  CHECK(value<Exp>(infinity) == infinity);
  CHECK(value<Exp>(-infinity) == 0);
  CHECK(value<Exp>(0) == 1);
  CHECK(value<Exp>(88.722839f) == infinity);
  CHECK(value<Exp>(88.722832f) < infinity);
  CHECK(value<Exp>(-103.97f) == smallest);
  CHECK(value<Exp>(-103.98f) == 0);
  CHECK(value<Exp>(largest) == infinity);
  CHECK(value<Exp>(-largest) == 0);

  CHECK(value<Sigmoid>(infinity) == 1);
  CHECK(value<Sigmoid>(-infinity) == 0);
  CHECK(value<Sigmoid>(0) == 0.5f);
  CHECK(value<Sigmoid>(-100.0f) == Approx(3.78e-44f).margin(1e-45));

  CHECK(value<Tanh>(infinity) == 1);
  CHECK(value<Tanh>(-infinity) == -1);
  CHECK(value<Tanh>(smallest) == smallest);
  CHECK(std::signbit(value<Tanh>(-0.0f)));

  CHECK(value<Log>(infinity) == infinity);
  CHECK(value<Log>(0) == -infinity);
  CHECK(value<Log>(-0.0f) == -infinity);
  CHECK(std::isnan(value<Log>(-1)));
  CHECK(std::isnan(value<Log>(-infinity)));
  CHECK(std::isnan(value<Log>(-smallest)));
  CHECK(value<Log>(1) == 0);
  CHECK(value<Log>(smallest) == -103.278929f);

  CHECK(value<Erf>(infinity) == 1);
  CHECK(value<Erf>(-infinity) == -1);
  CHECK(std::signbit(value<Erf>(-0.0f)));

  CHECK(value<Expm1>(infinity) == infinity);
  CHECK(value<Expm1>(88.722839f) == infinity);
  CHECK(value<Expm1>(-infinity) == -1);
  CHECK(value<Expm1>(smallest) == smallest);
  CHECK(std::signbit(value<Expm1>(-0.0f)));

  CHECK(value<Log1p>(infinity) == infinity);
  CHECK(value<Log1p>(-1) == -infinity);
  CHECK(std::isnan(value<Log1p>(-1.0000001f)));
  CHECK(std::isnan(value<Log1p>(-infinity)));
  CHECK(value<Log1p>(-smallest) == -smallest);
  CHECK(std::signbit(value<Log1p>(-0.0f)));

  CHECK(value<Silu>(infinity) == infinity);
  CHECK(value<Silu>(-infinity) == 0);
  CHECK(value<Silu>(-largest) == 0);
  CHECK(value<Silu>(-100.0f) == Approx(-3.72e-42f).margin(2e-45));
  CHECK(std::isnan(value<Silu>(not_a_number)));

  CHECK(value<Softplus>(infinity) == infinity);
  CHECK(value<Softplus>(-infinity) == 0);
  CHECK(value<Softplus>(largest) == largest);
  CHECK(value<Softplus>(0) == 0.693147182f);
  CHECK(value<Softplus>(-100.0f) == Approx(3.78e-44f).margin(1e-45));

  CHECK(std::isnan(value<Expm1>(not_a_number)));
  CHECK(std::isnan(value<Log1p>(not_a_number)));
  CHECK(std::isnan(value<Softplus>(not_a_number)));
  CHECK(std::isnan(value<Exp>(not_a_number)));
  CHECK(std::isnan(value<Sigmoid>(not_a_number)));
  CHECK(std::isnan(value<Tanh>(not_a_number)));
  CHECK(std::isnan(value<Log>(not_a_number)));
  CHECK(std::isnan(value<Erf>(not_a_number)));
}

TEST_CASE("f64 functions are those of the standard library") {
  for (double x : {-1000.0, -40.0, -1.25, -0.0, 1e-300, 0.5, 3.0, 700.0}) {
    CHECK(vector_math::exp(x) == std::exp(x));
    CHECK(vector_math::tanh(x) == std::tanh(x));
    CHECK(vector_math::erf(x) == std::erf(x));
    CHECK(vector_math::expm1(x) == std::expm1(x));
    CHECK(vector_math::softplus(x) == Approx(Softplus::exact(x)).epsilon(1e-15));
    CHECK(vector_math::sigmoid(x) == Approx(0.5 + 0.5 * std::tanh(x / 2)).epsilon(1e-15).margin(1e-16));
    if (x > 0) CHECK(vector_math::log(x) == std::log(x));
    if (x > -1) CHECK(vector_math::log1p(x) == std::log1p(x));
  }
  CHECK(vector_math::sigmoid(-40.0) == Approx(4.248354255291589e-18).epsilon(1e-14));
}

}  // namespace glance
