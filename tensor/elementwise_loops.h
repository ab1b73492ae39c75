#pragma once

#include <array>
#include <cstddef>

#include "glance/tensor/number.h"
#include "glance/tensor/tensor.h"

// What the elementwise functions share. Shapes, broadcasting and strides are worked out once, without templates, by
// apply(); a function brings only the loop over one row, for each dtype it takes.
namespace glance::detail {

template <int N>
using Inputs = std::array<const void*, static_cast<std::size_t>(N)>;
template <int N>
using Steps = std::array<Index, static_cast<std::size_t>(N)>;

// out[i] = f(in[0][i * steps[0]], …) for i < n. The output is new memory, so that it cannot overlap an input.
template <int N>
using Row = void (*)(Index n, void* out, const Inputs<N>& in, const Steps<N>& steps);

// What a function is applied to: a tensor, or a number that stands for as many elements as are asked for. Refers to
// either.
class Operand {
 public:
  Operand(const Tensor& x)
      : tensor(&x), data(dispatch(x.dtype(), [&]<class T>() -> const void* { return x.read<T>(); })) {}
  Operand(const Number& x) : tensor(nullptr), data(x.data()) {}

  const Tensor* tensor;
  const void* data;
};

// A new tensor with `row` applied to the operands, at least one of them a tensor, broadcast together.
template <int N>
Tensor apply(const char* operation, DType dtype, Row<N> row,
             const std::array<Operand, static_cast<std::size_t>(N)>& in);

extern template Tensor apply<1>(const char*, DType, Row<1>, const std::array<Operand, 1>&);
extern template Tensor apply<2>(const char*, DType, Row<2>, const std::array<Operand, 2>&);
extern template Tensor apply<3>(const char*, DType, Row<3>, const std::array<Operand, 3>&);

[[noreturn]] void throw_dtypes_differ(const char* operation, DType a, DType b);
[[noreturn]] void throw_not_numeric(const char* operation);
[[noreturn]] void throw_not_boolean(const char* operation, DType dtype);

inline void check_same_dtype(const char* operation, const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype()) throw_dtypes_differ(operation, a.dtype(), b.dtype());
}

inline void check_boolean(const char* operation, const Tensor& x) {
  if (x.dtype() != DType::boolean) throw_not_boolean(operation, x.dtype());
}

// As dispatch, for the dtypes one can calculate with: f32, f64 and i64.
template <class F>
decltype(auto) dispatch_numeric(const char* operation, DType dtype, F&& f) {
  if (dtype == DType::f32) return f.template operator()<float>();
  if (dtype == DType::f64) return f.template operator()<double>();
  if (dtype != DType::i64) throw_not_numeric(operation);
  return f.template operator()<std::int64_t>();
}

// Two operands of one dtype: two tensors, or a tensor and a number, which takes the tensor's dtype.
class Pair {
 public:
  Pair(const char* operation_, const Tensor& a, const Tensor& b) : operation(operation_), dtype(a.dtype()), in{a, b} {
    check_same_dtype(operation, a, b);
  }
  Pair(const char* operation_, const Tensor& a, double b)
      : operation(operation_), dtype(a.dtype()), number(operation, b, dtype), in{a, number} {}
  Pair(const char* operation_, double a, const Tensor& b)
      : operation(operation_), dtype(b.dtype()), number(operation, a, dtype), in{number, b} {}
  Pair(const Pair&) = delete;  // refers to itself

  const char* operation;
  DType dtype;
  Number number;
  std::array<Operand, 2> in;
};

// The loops. F is a function object without state, such as the type of a lambda that captures nothing.

template <class In, class Out, class F>
void unary_row(Index n, void* out, const Inputs<1>& in, const Steps<1>& steps) {
  Out* __restrict o = static_cast<Out*>(out);
  const In* x = static_cast<const In*>(in[0]);
  constexpr F f{};
  if (steps[0] == 1) {
    for (Index i = 0; i < n; ++i) o[i] = f(x[i]);
  } else {
    for (Index i = 0; i < n; ++i) o[i] = f(x[i * steps[0]]);
  }
}

template <class In, class Out, class F>
void binary_row(Index n, void* out, const Inputs<2>& in, const Steps<2>& steps) {
  Out* __restrict o = static_cast<Out*>(out);
  const In* a = static_cast<const In*>(in[0]);
  const In* b = static_cast<const In*>(in[1]);
  constexpr F f{};
  if (steps[0] == 1 && steps[1] == 1) {
    for (Index i = 0; i < n; ++i) o[i] = f(a[i], b[i]);
  } else if (steps[0] == 1 && steps[1] == 0) {
    const In y = *b;
    for (Index i = 0; i < n; ++i) o[i] = f(a[i], y);
  } else if (steps[0] == 0 && steps[1] == 1) {
    const In x = *a;
    for (Index i = 0; i < n; ++i) o[i] = f(x, b[i]);
  } else {
    for (Index i = 0; i < n; ++i) o[i] = f(a[i * steps[0]], b[i * steps[1]]);
  }
}

}  // namespace glance::detail
