// Comparisons, logical functions, and choices by a mask.

#include <cmath>

#include "glance/tensor/elementwise.h"
#include "glance/tensor/elementwise_loops.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/walk.h"

namespace glance {

namespace {

using detail::Pair;
using detail::Row;

constexpr auto is_equal = [](auto a, auto b) { return a == b; };
constexpr auto is_not_equal = [](auto a, auto b) { return a != b; };
constexpr auto is_less = [](auto a, auto b) { return a < b; };
constexpr auto is_less_equal = [](auto a, auto b) { return a <= b; };
constexpr auto is_greater = [](auto a, auto b) { return a > b; };
constexpr auto is_greater_equal = [](auto a, auto b) { return a >= b; };

template <class F>
Tensor compare(const Pair& pair, F) {
  const auto row = dispatch(pair.dtype, []<class T>() -> Row<2> { return detail::binary_row<T, bool, F>; });
  return detail::apply<2>(pair.operation, boolean, row, pair.in);
}

template <class F>
Tensor ask(const char* operation, const Tensor& x, F) {
  const auto row =
      dispatch_floating(operation, x.dtype(), []<class T>() -> Row<1> { return detail::unary_row<T, bool, F>; });
  return detail::apply<1>(operation, boolean, row, {x});
}

template <class F>
Tensor logical(const char* operation, const Tensor& a, const Tensor& b, F) {
  detail::check_boolean(operation, a);
  detail::check_boolean(operation, b);
  return detail::apply<2>(operation, boolean, detail::binary_row<bool, bool, F>, {a, b});
}

template <class T>
void where_row(Index n, void* out, const detail::Inputs<3>& in, const detail::Steps<3>& steps) {
  T* __restrict o = static_cast<T*>(out);
  // As bytes, and both are read before one is chosen: so gcc 12 vectorises the loops.
  const auto* condition = static_cast<const unsigned char*>(in[0]);
  const T* a = static_cast<const T*>(in[1]);
  const T* b = static_cast<const T*>(in[2]);
  const auto [step_c, step_a, step_b] = steps;
  const auto choose = [](unsigned char c, T x, T y) { return c != 0 ? x : y; };
  if (step_c == 1 && step_a == 1 && step_b == 1) {
    for (Index i = 0; i < n; ++i) o[i] = choose(condition[i], a[i], b[i]);
  } else if (step_c == 1 && step_a == 0 && step_b == 1) {
    const T x = *a;
    for (Index i = 0; i < n; ++i) o[i] = choose(condition[i], x, b[i]);
  } else if (step_c == 1 && step_a == 1 && step_b == 0) {
    const T y = *b;
    for (Index i = 0; i < n; ++i) o[i] = choose(condition[i], a[i], y);
  } else {
    for (Index i = 0; i < n; ++i) o[i] = choose(condition[i * step_c], a[i * step_a], b[i * step_b]);
  }
}

Tensor choose(const Tensor& condition, const Pair& pair) {
  detail::check_boolean(pair.operation, condition);
  const auto row = dispatch(pair.dtype, []<class T>() -> Row<3> { return where_row<T>; });
  return detail::apply<3>(pair.operation, pair.dtype, row, {condition, pair.in[0], pair.in[1]});
}

// Whether f holds for every pair of elements of a and b, which have `shape` by these strides.
template <class T, class F>
bool holds_for_all(const Tensor& a, const Tensor& b, const Shape& shape, F&& f) {
  const Walk<2> walk(
      shape, {broadcast_strides(a.shape(), a.strides(), shape), broadcast_strides(b.shape(), b.strides(), shape)});
  const T* x = a.read<T>();
  const T* y = b.read<T>();
  const auto [x_step, y_step] = walk.row_steps();
  const Index n = walk.row_length();
  unsigned failures = 0;  // a count: loops of && and & stay scalar
  walk.for_each_row([&, x_step = x_step, y_step = y_step](const auto& offsets) {
    const T* x_row = x + offsets[0];
    const T* y_row = y + offsets[1];
    unsigned count = 0;
    if (x_step == 1 && y_step == 1) {
      for (Index i = 0; i < n; ++i) count += f(x_row[i], y_row[i]) ? 0 : 1;
    } else {
      for (Index i = 0; i < n; ++i) count += f(x_row[i * x_step], y_row[i * y_step]) ? 0 : 1;
    }
    failures |= count;
  });
  return failures == 0;
}

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) { return compare(Pair("equal", a, b), is_equal); }
Tensor equal(const Tensor& a, double b) { return compare(Pair("equal", a, b), is_equal); }
Tensor not_equal(const Tensor& a, const Tensor& b) { return compare(Pair("not_equal", a, b), is_not_equal); }
Tensor not_equal(const Tensor& a, double b) { return compare(Pair("not_equal", a, b), is_not_equal); }
Tensor less(const Tensor& a, const Tensor& b) { return compare(Pair("less", a, b), is_less); }
Tensor less(const Tensor& a, double b) { return compare(Pair("less", a, b), is_less); }
Tensor less_equal(const Tensor& a, const Tensor& b) { return compare(Pair("less_equal", a, b), is_less_equal); }
Tensor less_equal(const Tensor& a, double b) { return compare(Pair("less_equal", a, b), is_less_equal); }
Tensor greater(const Tensor& a, const Tensor& b) { return compare(Pair("greater", a, b), is_greater); }
Tensor greater(const Tensor& a, double b) { return compare(Pair("greater", a, b), is_greater); }
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return compare(Pair("greater_equal", a, b), is_greater_equal);
}
Tensor greater_equal(const Tensor& a, double b) { return compare(Pair("greater_equal", a, b), is_greater_equal); }

Tensor is_nan(const Tensor& x) {
  return ask("is_nan", x, [](auto v) { return v != v; });
}

Tensor is_finite(const Tensor& x) {
  return ask("is_finite", x, []<class T>(T v) { return v - v == T{0}; });  // ∞ - ∞ is NaN
}

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return logical("logical_and", a, b, [](bool x, bool y) { return x && y; });
}

Tensor logical_or(const Tensor& a, const Tensor& b) {
  return logical("logical_or", a, b, [](bool x, bool y) { return x || y; });
}

Tensor logical_not(const Tensor& x) {
  detail::check_boolean("logical_not", x);
  constexpr auto negate = [](unsigned char v) { return static_cast<unsigned char>(v ^ 1); };
  return detail::apply<1>("logical_not", boolean, detail::unary_row<unsigned char, unsigned char, decltype(negate)>,
                          {x});
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  return choose(condition, Pair("where", a, b));
}
Tensor where(const Tensor& condition, const Tensor& a, double b) { return choose(condition, Pair("where", a, b)); }
Tensor where(const Tensor& condition, double a, const Tensor& b) { return choose(condition, Pair("where", a, b)); }

Tensor masked_fill(const Tensor& x, const Tensor& mask, double value) {
  if (!broadcasts_to(mask.shape(), x.shape()))
    throw Error(
        formatted("masked_fill: mask {} does not stretch to {}", to_string(mask.shape()), to_string(x.shape())));
  return choose(mask, Pair("masked_fill", value, x));
}

bool same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || a.shape() != b.shape()) return false;
  return dispatch(a.dtype(), [&]<class T>() { return holds_for_all<T>(a, b, a.shape(), is_equal); });
}

bool all_close(const Tensor& a, const Tensor& b, double relative, double absolute) {
  detail::check_same_dtype("all_close", a, b);
  const Shape shape = broadcast_shapes("all_close", a.shape(), b.shape());
  return dispatch(a.dtype(), [&]<class T>() {
    return holds_for_all<T>(a, b, shape, [=](T x, T y) {
      const auto actual = static_cast<double>(x);
      const auto expected = static_cast<double>(y);
      const double tolerance = absolute + relative * std::abs(expected);
      return actual == expected || (std::abs(actual - expected) <= tolerance && tolerance < HUGE_VAL);
    });
  });
}

}  // namespace glance
