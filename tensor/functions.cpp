// Functions of one element, named; their mathematics is in vector_math.h.

#include <cmath>

#include "glance/tensor/elementwise.h"
#include "glance/tensor/elementwise_loops.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/slopes.h"
#include "glance/tensor/vector_math.h"

namespace glance {

namespace {

using detail::Row;

template <class F>
Tensor numeric(const char* operation, const Tensor& x, F) {
  const auto row =
      detail::dispatch_numeric(operation, x.dtype(), []<class T>() -> Row<1> { return detail::unary_row<T, T, F>; });
  return detail::apply<1>(operation, x.dtype(), row, {x});
}

template <class F>
Tensor floating(const char* operation, const Tensor& x, F) {
  const auto row =
      dispatch_floating(operation, x.dtype(), []<class T>() -> Row<1> { return detail::unary_row<T, T, F>; });
  return detail::apply<1>(operation, x.dtype(), row, {x});
}

template <class T>
void clamp_row(Index n, void* out, const detail::Inputs<3>& in, const detail::Steps<3>& steps) {
  T* __restrict o = static_cast<T*>(out);
  const T* x = static_cast<const T*>(in[0]);
  const T low = *static_cast<const T*>(in[1]);
  const T high = *static_cast<const T*>(in[2]);
  const auto clamp_one = [=](T value) { return value < low ? low : value > high ? high : value; };
  if (steps[0] == 1) {
    for (Index i = 0; i < n; ++i) o[i] = clamp_one(x[i]);
  } else {
    for (Index i = 0; i < n; ++i) o[i] = clamp_one(x[i * steps[0]]);
  }
}

}  // namespace

Tensor abs(const Tensor& x) {
  return numeric("abs", x, []<class T>(T v) {
    if constexpr (std::is_same_v<T, std::int64_t>)
      return v < 0 ? static_cast<T>(-static_cast<std::uint64_t>(v)) : v;
    else
      return std::abs(v);
  });
}

Tensor sign(const Tensor& x) {
  return numeric("sign", x, []<class T>(T v) { return v > 0 ? T{1} : v < 0 ? T{-1} : v == 0 ? T{0} : v; });
}

Tensor clamp(const Tensor& x, double low, double high) {
  if (!(low <= high)) throw Error(formatted("clamp: low {} is not at most high {}", low, high));
  const auto row = detail::dispatch_numeric("clamp", x.dtype(), []<class T>() -> Row<3> { return clamp_row<T>; });
  const Number from("clamp", low, x.dtype());
  const Number to("clamp", high, x.dtype());
  return detail::apply<3>("clamp", x.dtype(), row, {x, from, to});
}

Tensor relu(const Tensor& x) {
  return numeric("relu", x, []<class T>(T v) { return v < 0 ? T{0} : v; });
}

Tensor exp(const Tensor& x) {
  return floating("exp", x, [](auto v) { return vector_math::exp(v); });
}

Tensor log(const Tensor& x) {
  return floating("log", x, [](auto v) { return vector_math::log(v); });
}

Tensor expm1(const Tensor& x) {
  return floating("expm1", x, [](auto v) { return vector_math::expm1(v); });
}

Tensor log1p(const Tensor& x) {
  return floating("log1p", x, [](auto v) { return vector_math::log1p(v); });
}

Tensor sqrt(const Tensor& x) {
  return floating("sqrt", x, [](auto v) { return std::sqrt(v); });
}

Tensor tanh(const Tensor& x) {
  return floating("tanh", x, [](auto v) { return vector_math::tanh(v); });
}

Tensor sigmoid(const Tensor& x) {
  return floating("sigmoid", x, [](auto v) { return vector_math::sigmoid(v); });
}

Tensor sin(const Tensor& x) {
  return floating("sin", x, [](auto v) { return std::sin(v); });
}

Tensor cos(const Tensor& x) {
  return floating("cos", x, [](auto v) { return std::cos(v); });
}

Tensor tan(const Tensor& x) {
  return floating("tan", x, [](auto v) { return std::tan(v); });
}

Tensor silu(const Tensor& x) {
  return floating("silu", x, [](auto v) { return vector_math::silu(v); });
}

Tensor softplus(const Tensor& x) {
  return floating("softplus", x, [](auto v) { return vector_math::softplus(v); });
}

Tensor erf(const Tensor& x) {
  return floating("erf", x, [](auto v) { return vector_math::erf(v); });
}

Tensor gelu(const Tensor& x) {
  return floating("gelu", x, [](auto v) { return vector_math::gelu(v); });
}

Tensor sigmoid_slope(const Tensor& x) {
  return floating("sigmoid", x, [](auto v) { return vector_math::sigmoid_slope(v); });
}

Tensor tanh_slope(const Tensor& x) {
  return floating("tanh", x, [](auto v) { return vector_math::tanh_slope(v); });
}

Tensor erf_slope(const Tensor& x) {
  return floating("erf", x, [](auto v) { return vector_math::erf_slope(v); });
}

Tensor gelu_slope(const Tensor& x) {
  return floating("gelu", x, [](auto v) { return vector_math::gelu_slope(v); });
}

}  // namespace glance
