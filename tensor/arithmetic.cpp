// Arithmetic, powers, and the functions that change a tensor in place; the loops are those of elementwise_loops.h.

#include <cmath>

#include "glance/tensor/elementwise.h"
#include "glance/tensor/elementwise_loops.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/walk.h"

namespace glance {

namespace {

using detail::Pair;

constexpr auto add = []<class T>(T a, T b) { return wrapping_sum(a, b); };
constexpr auto subtract = []<class T>(T a, T b) { return static_cast<T>(wrapping(a) - wrapping(b)); };
constexpr auto multiply = []<class T>(T a, T b) { return static_cast<T>(wrapping(a) * wrapping(b)); };
constexpr auto divide = []<class T>(T a, T b) { return a / b; };
constexpr auto negate = []<class T>(T x) {
  if constexpr (std::is_same_v<T, std::int64_t>)
    return static_cast<T>(-wrapping(x));
  else
    return -x;
};
// The comparison is false when b is NaN, which makes it b; a NaN in a needs the question of its own.
constexpr auto larger = []<class T>(T a, T b) { return a != a ? a : a > b ? a : b; };
constexpr auto smaller = []<class T>(T a, T b) { return a != a ? a : a < b ? a : b; };
constexpr auto power = []<class T>(T x, T y) { return std::pow(x, y); };

template <class F>
Tensor numeric(const Pair& pair, F) {
  const auto row = detail::dispatch_numeric(pair.operation, pair.dtype,
                                            []<class T>() -> detail::Row<2> { return detail::binary_row<T, T, F>; });
  return detail::apply<2>(pair.operation, pair.dtype, row, pair.in);
}

template <class F>
Tensor floating(const Pair& pair, F) {
  const auto row = dispatch_floating(pair.operation, pair.dtype,
                                     []<class T>() -> detail::Row<2> { return detail::binary_row<T, T, F>; });
  return detail::apply<2>(pair.operation, pair.dtype, row, pair.in);
}

}  // namespace

Tensor operator+(const Tensor& a, const Tensor& b) { return numeric(Pair("add", a, b), add); }
Tensor operator+(const Tensor& a, double b) { return numeric(Pair("add", a, b), add); }
Tensor operator+(double a, const Tensor& b) { return numeric(Pair("add", a, b), add); }

Tensor operator-(const Tensor& a, const Tensor& b) { return numeric(Pair("subtract", a, b), subtract); }
Tensor operator-(const Tensor& a, double b) { return numeric(Pair("subtract", a, b), subtract); }
Tensor operator-(double a, const Tensor& b) { return numeric(Pair("subtract", a, b), subtract); }

Tensor operator*(const Tensor& a, const Tensor& b) { return numeric(Pair("multiply", a, b), multiply); }
Tensor operator*(const Tensor& a, double b) { return numeric(Pair("multiply", a, b), multiply); }
Tensor operator*(double a, const Tensor& b) { return numeric(Pair("multiply", a, b), multiply); }

Tensor operator/(const Tensor& a, const Tensor& b) { return floating(Pair("divide", a, b), divide); }
Tensor operator/(const Tensor& a, double b) { return floating(Pair("divide", a, b), divide); }
Tensor operator/(double a, const Tensor& b) { return floating(Pair("divide", a, b), divide); }

Tensor operator-(const Tensor& x) {
  const auto row = detail::dispatch_numeric(
      "negate", x.dtype(), []<class T>() -> detail::Row<1> { return detail::unary_row<T, T, decltype(negate)>; });
  return detail::apply<1>("negate", x.dtype(), row, {x});
}

Tensor square(const Tensor& x) { return numeric(Pair("square", x, x), multiply); }

Tensor maximum(const Tensor& a, const Tensor& b) { return numeric(Pair("maximum", a, b), larger); }
Tensor minimum(const Tensor& a, const Tensor& b) { return numeric(Pair("minimum", a, b), smaller); }

Tensor pow(const Tensor& x, const Tensor& y) { return floating(Pair("pow", x, y), power); }

Tensor pow(const Tensor& x, double y) {
  // The power people use; exact, and forty times as fast.
  if (y == 2 && is_floating(x.dtype())) return square(x);
  return floating(Pair("pow", x, y), power);
}

void add_into(const Tensor& to, const Tensor& from) {
  detail::check_same_dtype("add_into", to, from);
  if (to.shape() != from.shape())
    throw Error(formatted("add_into: {} into {}: the shapes must be equal; see sum_to and expand",
                          to_string(from.shape()), to_string(to.shape())));
  detail::dispatch_numeric("add_into", to.dtype(), [&]<class T>() {
    T* t = to.write<T>();
    const T* f = from.read<T>();
    // What is written through one view must not be read through another, unless they go in step.
    if (to.shares_storage(from) && (t != f || to.strides() != from.strides())) return add_into(to, copy(from));
    const auto add_row = [](Index n, T* x, Index x_step, const T* y, Index y_step) {
      if (x_step == 1 && y_step == 1) {
        for (Index i = 0; i < n; ++i) x[i] = add(x[i], y[i]);
      } else {
        for (Index i = 0; i < n; ++i) x[i * x_step] = add(x[i * x_step], y[i * y_step]);
      }
    };
    if (to.is_dense() && from.is_dense()) return add_row(to.numel(), t, 1, f, 1);
    const Walk<2> walk(to.shape(), {to.strides(), from.strides()});
    const auto [t_step, f_step] = walk.row_steps();
    const Index n = walk.row_length();
    walk.for_each_row([&, t_step = t_step, f_step = f_step](const auto& offsets) {
      add_row(n, t + offsets[0], t_step, f + offsets[1], f_step);
    });
  });
}

void scale_into(const Tensor& to, double factor) {
  detail::dispatch_numeric("scale_into", to.dtype(), [&]<class T>() {
    const T by = Number("scale_into", factor, to.dtype()).get<T>();
    T* t = to.write<T>();
    const Walk<1> walk(to.shape(), {to.strides()});
    const Index step = walk.row_steps()[0];
    const Index n = walk.row_length();
    walk.for_each_row([&](const auto& offsets) {
      T* x = t + offsets[0];
      if (step == 1) {
        for (Index i = 0; i < n; ++i) x[i] = multiply(x[i], by);
      } else {
        for (Index i = 0; i < n; ++i) x[i * step] = multiply(x[i * step], by);
      }
    });
  });
}

}  // namespace glance
