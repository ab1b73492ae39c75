#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

// The transcendental functions of f32, without branches or tables, so that a plain loop over a row becomes vector
// instructions (0.2 to 0.7 ns per element with AVX-512; std::tanh takes 11). Every result is within 2 units in the last
// place, for every float, where nothing else is said: NaN gives NaN, overflow is infinity, and small results are
// subnormal rather than zero. The tests try all 2^32 inputs. It takes -fno-trapping-math for gcc to vectorise them.
//
// The same names for f64 are those of the standard library, so that a kernel can be a template.
namespace glance::vector_math {

namespace detail {

// x = n ln 2 + r, |r| <= ln(2) / 2.
struct Reduced {
  float r;
  std::int32_t n;
};

[[gnu::always_inline]] inline Reduced reduce(float x) {
  // Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits. Unlike std::nearbyint it needs no
  // SSE 4.1.
  constexpr float shift = 12582912.0f;
  const float shifted = x * 1.44269504f + shift;
  const float n = shifted - shift;
  // ln 2 in two parts, the first of 10 bits, so that its product with n is exact.
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  return {r, static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(shift))};
}

// 2^n for -126 <= n <= 127.
[[gnu::always_inline]] inline float power_of_two(std::int32_t n) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(n + 127) << 23);
}

// exp(r) - 1 for |r| <= ln(2) / 2: r + r^2 times the minimax polynomial, relative error 2^-26.
[[gnu::always_inline]] inline float expm1_reduced(float r) {
  float p = 0.00138706958f;
  p = p * r + 0.00836627185f;
  p = p * r + 0.0416674353f;
  p = p * r + 0.166665465f;
  p = p * r + 0.49999997f;
  return p * (r * r) + r;
}

}  // namespace detail

// Most error: 1.04 ulp.
[[gnu::always_inline]] inline float exp(float x) {
  const bool vanishes = x < -104.0f;
  x = vanishes ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;  // overflows; both conditions are false for NaN, which so stays
  const auto [r, n] = detail::reduce(x);
  const float e = 1.0f + detail::expm1_reduced(r);
  // 2^n itself may overflow or be subnormal where the result is not. Zero is made by a factor, not by underflow, which
  // processors handle slowly: masked scores are minus infinity.
  const std::int32_t half = n >> 1;
  return e * detail::power_of_two(half) * (vanishes ? 0.0f : detail::power_of_two(n - half));
}

namespace detail {

// factor / (1 + exp(-x)), where the product may be a normal number though its sigmoid is not: the factor comes first.
[[gnu::always_inline]] inline float times_sigmoid(float factor, float x) {
  // With t = exp(-|x|) <= 1: 1 / (1 + t) for positive x, t / (1 + t) for negative; neither overflows nor cancels.
  float a = std::fabs(x);
  a = a > 110.0f ? 110.0f : a;
  const auto [r, n] = reduce(-a);
  const float scale = power_of_two(n + 64);
  const float p = expm1_reduced(r);
  const float e = 1.0f + p;
  const float t = e * scale * 0x1p-64f;
  const float denominator = 1.0f + t;
  // For negative x the roundings of t, of 1 + t and of the quotient would add up to more than 2 ulp. That of 1 + t is
  // known, and is taken out of the numerator before its own rounding: t (1 - lost / (1 + t)), 1 / (1 + t) by a line.
  const float lost = t - (denominator - 1.0f);
  const float corrected = 1.0f + (p - e * lost * (1.457f - 0.5f * denominator));
  const float numerator = x < 0.0f ? factor * corrected * scale * 0x1p-64f : factor;
  return numerator / denominator;
}

}  // namespace detail

// 1 / (1 + exp(-x)). Most error: 1.72 ulp.
[[gnu::always_inline]] inline float sigmoid(float x) { return detail::times_sigmoid(1.0f, x); }

// x / (1 + exp(-x)). Most error: 2.2 ulp.
[[gnu::always_inline]] inline float silu(float x) {
  return detail::times_sigmoid(x < -110.0f ? -110.0f : x, x);  // it has vanished there
}

// Most error: 1.34 ulp.
[[gnu::always_inline]] inline float tanh(float x) {
  // Near zero x + x^3 times the minimax polynomial in x^2, relative error 2^-27.
  const float square = x * x;
  float p = -0.00569229666f;
  p = p * square + 0.0206281673f;
  p = p * square - 0.0537365153f;
  p = p * square + 0.133314058f;
  p = p * square - 0.333332807f;
  const float near = x + x * square * p;
  // Beyond 0.6, where it takes little off: 1 - 2 / (exp(2|x|) + 1).
  const float a = std::fabs(x);
  const auto [r, n] = detail::reduce(2.0f * (a > 10.0f ? 10.0f : a));  // at 10 the result is one
  const float e = (1.0f + detail::expm1_reduced(r)) * detail::power_of_two(n);
  const float far = 1.0f - 2.0f / (e + 1.0f);
  return std::copysign(a < 0.6f ? near : far, x);
}

// Minus infinity at zero, NaN below. Most error: 0.9 ulp.
[[gnu::always_inline]] inline float log(float x) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const bool subnormal = x < std::numeric_limits<float>::min();
  const float normal = subnormal ? x * 0x1p23f : x;
  // x = 2^n (1 + f), sqrt(1/2) <= 1 + f < sqrt(2).
  constexpr std::uint32_t sqrt_half = 0x3f3504f3;  // its bits
  const std::uint32_t offset = std::bit_cast<std::uint32_t>(normal) - sqrt_half;
  const float n = static_cast<float>(static_cast<std::int32_t>(offset) >> 23) - (subnormal ? 23.0f : 0.0f);
  const float f = std::bit_cast<float>((offset & 0x007fffff) + sqrt_half) - 1.0f;
  // log(1 + f) = f - f^2 / 2 + f^3 times the minimax polynomial, relative error 2^-27.
  float p = -0.0763818473f;
  p = p * f + 0.127647623f;
  p = p * f - 0.1316019f;
  p = p * f + 0.14201273f;
  p = p * f - 0.166233152f;
  p = p * f + 0.200012505f;
  p = p * f - 0.250008225f;
  p = p * f + 0.333333313f;
  const float square = f * f;
  // ln 2 in two parts, as in reduce.
  const float small = (p * (square * f) - 0.5f * square) - n * 2.12194440e-4f;
  const float result = (small + f) + n * 0.693359375f;
  const float special = x == 0.0f ? -infinity : x < 0.0f ? std::numeric_limits<float>::quiet_NaN() : x;
  return x > 0.0f && x < infinity ? result : special;
}

// exp(x) - 1, without the digits that a subtraction near zero would lose. Most error: 1.6 ulp.
[[gnu::always_inline]] inline float expm1(float x) {
  const float low = x < -18.0f ? -18.0f : x;        // minus one from there on
  const float bounded = low > 89.0f ? 89.0f : low;  // overflows
  const auto [p, n] = detail::reduce(bounded);
  // 2^n (1 + p) - 1 with p = exp(r) - 1, all of it divided by 2^half: 2^n alone may overflow where the result does not.
  const std::int32_t half = n >> 1;
  const float scale = detail::power_of_two(n - half);
  const float result =
      (scale * detail::expm1_reduced(p) + (scale - detail::power_of_two(-half))) * detail::power_of_two(half);
  return std::copysign(result, x);
}

// log(1 + x), without the digits that the addition loses near zero. Minus infinity at -1, NaN below. Most error: 1.5
// ulp.
[[gnu::always_inline]] inline float log1p(float x) {
  const float sum = 1.0f + x;
  // What rounding took from the sum (Knuth, 1969), and by a line what that makes of its logarithm.
  const float taken = sum - 1.0f;
  const float lost = (1.0f - (sum - taken)) + (x - taken);
  const bool ordinary = (sum > 0.0f) & (sum < std::numeric_limits<float>::infinity());
  return std::copysign(log(sum) + (ordinary ? lost / sum : 0.0f), x);
}

// log(1 + exp(x)). Most error: 1.95 ulp.
[[gnu::always_inline]] inline float softplus(float x) { return (x > 0.0f ? x : 0.0f) + log1p(exp(-std::fabs(x))); }

// The error function, for the exact gelu. Most error: 1.2 ulp.
[[gnu::always_inline]] inline float erf(float x) {
  const float a = std::fabs(x);
  // Near zero x + x times a polynomial in x^2, relative error 2^-30.
  const float s = x * x;
  float p = 7.99664922e-05f;
  p = p * s - 0.000804976968f;
  p = p * s + 0.00519240508f;
  p = p * s - 0.0268557314f;
  p = p * s + 0.112836257f;
  p = p * s - 0.376126289f;
  p = p * s + 0.128379166f;
  const float near = x + x * p;
  // Beyond 0.92 it is 1 - exp(q), q a polynomial for log(erfc): absolute error 2^-32. At 4 the result is one.
  const float b = a > 4.0f ? 4.0f : a;
  float q = -2.11559145e-05f;
  q = q * b + 0.000435153663f;
  q = q * b - 0.00417439034f;
  q = q * b + 0.0251281559f;
  q = q * b - 0.108293496f;
  q = q * b - 0.633334875f;
  q = q * b - 1.12952077f;
  q = q * b + 0.000175871784f;
  const auto [r, n] = detail::reduce(q);
  const float scale = detail::power_of_two(n);
  const float far = (1.0f - scale) - scale * detail::expm1_reduced(r);
  return a < 0.92f ? near : std::copysign(far, x);
}

namespace detail {

// factor · exp(-scale x²) for a scale of 1 or 1/2. The square of a large x does not fit a float, and what is rounded
// off would be multiplied by the exponential: it is kept, and joins what is left of the exponent after reduce().
[[gnu::always_inline]] inline float times_gaussian(float factor, float x, float scale) {
  const float a = std::fabs(x) > 16.0f ? 16.0f : std::fabs(x);  // there it is zero; NaN stays
  const float high = std::bit_cast<float>(std::bit_cast<std::uint32_t>(a) & 0xfffff000);
  const float low = a - high;
  const float square = a * a;
  const float lost = ((high * high - square) + 2.0f * high * low) + low * low;
  const bool vanishes = -scale * square < -110.0f;
  const auto [r, n] = reduce(vanishes ? -110.0f : -scale * square);
  const float p = expm1_reduced(r - scale * lost);
  const std::int32_t half = n >> 1;
  return (factor + factor * p) * power_of_two(half) * (vanishes ? 0.0f : power_of_two(n - half));
}

// Φ(-a) exp(a²/2) for a >= 0, where Φ is the normal distribution function: between 1/2 and 0.399 / a, by a polynomial
// in (a - 3) / (a + 3), relative error 2^-29.
[[gnu::always_inline]] inline float scaled_normal_tail(float a) {
  a = a > 16.0f ? 16.0f : a;
  const float t = (a - 3.0f) / (a + 3.0f);
  float p = 5.44892973e-05f;
  p = p * t + 0.000131330584f;
  p = p * t - 0.000244730178f;
  p = p * t - 0.00103257399f;
  p = p * t + 0.00102475402f;
  p = p * t + 0.00696931127f;
  p = p * t - 0.0104625132f;
  p = p * t - 0.0472626872f;
  p = p * t + 0.230017707f;
  p = p * t - 0.509332001f;
  p = p * t + 0.729083717f;
  return p / (a + 3.0f);
}

}  // namespace detail

// x Φ(x), as what the line max(x, 0) has too much, |x| Φ(-|x|): nothing cancels. Most error: 4 ulp.
[[gnu::always_inline]] inline float gelu(float x) {
  const float a = std::fabs(x);
  const float bounded = a > 16.0f ? 16.0f : a;  // infinity times zero would be NaN
  const float excess = detail::times_gaussian(bounded * detail::scaled_normal_tail(a), x, 0.5f);
  return x < 0.0f ? -excess : x - excess;
}

// The derivatives, made of the argument: those that are made of the value, such as 1 - tanh², lose it where that is
// nearly 1.

// 2/√π exp(-x²), the derivative of erf. Most error: 2 ulp.
[[gnu::always_inline]] inline float erf_slope(float x) { return detail::times_gaussian(1.12837917f, x, 1.0f); }

// Φ(x) + x φ(x), the derivative of gelu, with the normal density φ. Most error: 4 ulp, but 2^-22 between -1.5 and 0,
// where it passes through zero.
[[gnu::always_inline]] inline float gelu_slope(float x) {
  const float a = std::fabs(x);
  const float bounded = a > 16.0f ? 16.0f : a;
  const float tail = detail::times_gaussian(detail::scaled_normal_tail(a) - bounded * 0.398942280f, x, 0.5f);
  return x < 0.0f ? tail : 1.0f - tail;
}

// The functions of these names for f64, by the standard library.
inline double exp(double x) { return std::exp(x); }
inline double tanh(double x) { return std::tanh(x); }
inline double log(double x) { return std::log(x); }
inline double erf(double x) { return std::erf(x); }
inline double expm1(double x) { return std::expm1(x); }
inline double log1p(double x) { return std::log1p(x); }
inline double softplus(double x) { return (x > 0.0 ? x : 0.0) + std::log1p(std::exp(-std::fabs(x))); }
inline double sigmoid(double x) {
  const double t = std::exp(-std::fabs(x));
  return (x < 0.0 ? t : 1.0) / (1.0 + t);
}
// x σ(x), as for f32.
inline double silu(double x) { return (x < -800.0 ? -800.0 : x) * sigmoid(x); }

namespace detail {

// exp(-scale x²): what the square of x is rounded by is taken off to first order, since it is below 2^-43.
inline double gaussian(double x, double scale) {
  const double a = std::fabs(x) > 40.0 ? 40.0 : std::fabs(x);
  const double square = a * a;
  return std::exp(-scale * square) * (1.0 - scale * std::fma(a, a, -square));
}

// Φ(-a) = erfc(a/√2) / 2 for a >= 0, the same with the rounding of a/√2.
inline double normal_tail(double a) {
  a = a > 40.0 ? 40.0 : a;
  constexpr double sqrt_half = 0.70710678118654752440, rest = -4.8336466567264567e-17;  // √½ is their sum
  const double z = a * sqrt_half;
  const double lost = std::fma(a, sqrt_half, -z) + a * rest;
  return 0.5 * std::erfc(z) - lost * 0.56418958354775628695 * std::exp(-z * z);
}

}  // namespace detail

inline double gelu(double x) {
  const double a = std::fabs(x) > 40.0 ? 40.0 : std::fabs(x);
  const double excess = a * detail::normal_tail(a);
  return x < 0.0 ? -excess : x - excess;
}
// 2/√π exp(-x²), as for f32.
inline double erf_slope(double x) { return 1.12837916709551257390 * detail::gaussian(x, 1.0); }
inline double gelu_slope(double x) {
  const double a = std::fabs(x) > 40.0 ? 40.0 : std::fabs(x);
  const double tail = detail::normal_tail(a) - a * (0.39894228040143267794 * detail::gaussian(a, 0.5));
  return x < 0.0 ? tail : 1.0 - tail;
}

// σ(x) σ(-x), the derivative of sigmoid. Most error: 4 ulp.
template <class T>
[[gnu::always_inline]] inline T sigmoid_slope(T x) {
  const T t = exp(-std::fabs(x));
  return t / ((T{1} + t) * (T{1} + t));
}

// 1 - tanh² x = 4 σ(2x) σ(-2x). Most error: 4 ulp.
template <class T>
[[gnu::always_inline]] inline T tanh_slope(T x) {
  return T{4} * sigmoid_slope(T{2} * x);
}

}  // namespace glance::vector_math
