// Fills new tensors: with one number, with counts, with what was written out, or at random.
#include "glance/tensor/create.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "glance/tensor/formatted.h"
#include "glance/tensor/number.h"
#include "glance/tensor/random.h"

namespace glance {

namespace {

void check_size(const char* operation, Index n) {
  if (n < 0) throw Error(formatted("{}: size {} is negative", operation, n));
}

}  // namespace

Tensor full(const Shape& shape, double value, DType dtype) {
  const Number number("full", value, dtype);
  Tensor result(shape, dtype);
  dispatch(dtype, [&]<class T>() { std::fill_n(result.write<T>(), result.numel(), number.get<T>()); });
  return result;
}

Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }

Tensor zeros_like(const Tensor& x) { return full(x.shape(), 0, x.dtype()); }
Tensor ones_like(const Tensor& x) { return full(x.shape(), 1, x.dtype()); }
Tensor full_like(const Tensor& x, double value) { return full(x.shape(), value, x.dtype()); }

Tensor arange(double start, double end, double step, DType dtype) {
  const double width = end - start;  // which may be infinite where both are finite
  const double count = std::ceil(std::isfinite(width) ? width / step : end / step - start / step);
  if (!std::isfinite(start) || !std::isfinite(step) || step == 0 || !(count >= 0) || count > 0x1p56)
    throw Error(formatted("arange: steps of {} do not lead from {} to {}", step, start, end));
  if (dtype == boolean) throw Error("arange: dtype bool: only numbers are supported");
  // A whole start and step make whole numbers all along.
  const Number first("arange", start, dtype), each("arange", step, dtype);
  Tensor result(Shape{static_cast<Index>(count)}, dtype);
  dispatch(dtype, [&]<class T>() {
    T* out = result.write<T>();
    if constexpr (std::is_same_v<T, Index>) {  // f64 does not have all whole numbers beyond 2^53
      const Index from = first.get<Index>(), by = each.get<Index>();
      Index last = 0;
      if (result.numel() > 0 &&
          (__builtin_mul_overflow(result.numel() - 1, by, &last) || __builtin_add_overflow(from, last, &last)))
        throw Error(formatted("arange: i64 cannot hold steps of {} from {} to {}: use f64", step, start, end));
      for (Index i = 0; i < result.numel(); ++i) out[i] = from + i * by;
    } else {
      // In one rounding: the product alone may be beyond what a double holds.
      for (Index i = 0; i < result.numel(); ++i) out[i] = static_cast<T>(std::fma(static_cast<double>(i), step, start));
    }
  });
  return result;
}

Tensor arange(double end, DType dtype) { return arange(0, end, 1, dtype); }

Tensor eye(Index n, DType dtype) {
  check_size("eye", n);
  const Tensor result = zeros({n, n}, dtype);
  dispatch(dtype, [&]<class T>() {
    T* out = result.write<T>();
    for (Index i = 0; i < n; ++i) out[i * n + i] = T{1};
  });
  return result;
}

NestedList::NestedList(std::initializer_list<NestedList> rows) {
  if (rows.size() > 0) shape_ = rows.begin()->shape_;
  for (const NestedList& row : rows) {
    if (row.shape_ != shape_)
      throw Error(formatted("tensor: rows of shapes {} and {} in one list: give them one shape", to_string(shape_),
                            to_string(row.shape_)));
    values_.insert(values_.end(), row.values_.begin(), row.values_.end());
  }
  shape_.insert(0, static_cast<Index>(rows.size()));
}

namespace {

void check_count(std::size_t count, const Shape& shape) {
  if (static_cast<Index>(count) != checked_numel("from_values", shape))
    throw Error(formatted("from_values: {} values do not fill {}", count, to_string(shape)));
}

Tensor convert(const char* operation, std::span<const double> values, const Shape& shape, DType dtype) {
  Tensor result(shape, dtype);
  dispatch(dtype, [&]<class T>() {
    T* out = result.write<T>();
    for (const double value : values) *out++ = Number(operation, value, dtype).get<T>();
  });
  return result;
}

template <class T>
Tensor copy_values(std::span<const T> values, const Shape& shape) {
  Tensor result(shape, dtype_of<T>);
  check_count(values.size(), shape);
  std::copy(values.begin(), values.end(), result.write<T>());
  return result;
}

}  // namespace

Tensor tensor(const NestedList& values, DType dtype) {
  return convert("tensor", values.values(), values.shape(), dtype);
}

Tensor scalar(double value, DType dtype) { return full({}, value, dtype); }

Tensor from_values(std::span<const float> values, const Shape& shape) { return copy_values(values, shape); }
Tensor from_values(std::span<const double> values, const Shape& shape) { return copy_values(values, shape); }
Tensor from_values(std::span<const std::int64_t> values, const Shape& shape) { return copy_values(values, shape); }
Tensor from_values(std::span<const bool> values, const Shape& shape) { return copy_values(values, shape); }

Tensor from_values(std::initializer_list<double> values, const Shape& shape, DType dtype) {
  check_count(values.size(), shape);
  return convert("from_values", {values.begin(), values.size()}, shape, dtype);
}

namespace {

template <class T>
std::span<T> elements(const Tensor& x) {
  return {x.write<T>(), static_cast<std::size_t>(x.numel())};
}

}  // namespace

Tensor uniform(const Shape& shape, Generator& generator, double low, double high, DType dtype) {
  return dispatch_floating("uniform", dtype, [&]<class T>() {
    const T from = static_cast<T>(low), to = static_cast<T>(high);
    if (!(low <= high))
      throw Error(formatted("uniform: there are no numbers from {} to {} of dtype {}", low, high, name(dtype)));
    if (!std::isfinite(from) || !std::isfinite(to))
      throw Error(formatted("uniform: from {} to {}: give bounds that {} has", low, high, name(dtype)));
    const Tensor result(shape, dtype);
    const std::span<T> values = elements<T>(result);
    generator.fill_uniform01(values);
    const T width = static_cast<T>(high - low);
    const bool wide = !std::isfinite(width);
    for (T& value : values) value = wide ? from * (1 - value) + to * value : from + width * value;
    return result;
  });
}

Tensor normal(const Shape& shape, Generator& generator, double mean, double deviation, DType dtype) {
  return dispatch_floating("normal", dtype, [&]<class T>() {
    if (!(deviation >= 0)) throw Error(formatted("normal: deviation {} is negative", deviation));
    if (!std::isfinite(static_cast<T>(deviation)) || !std::isfinite(static_cast<T>(mean)))
      throw Error(
          formatted("normal: mean {} and deviation {}: give numbers that {} has", mean, deviation, name(dtype)));
    const Tensor result(shape, dtype);
    const std::span<T> values = elements<T>(result);
    generator.fill_normal(values);
    for (T& value : values) value = static_cast<T>(mean) + static_cast<T>(deviation) * value;
    return result;
  });
}

Tensor bernoulli(const Shape& shape, double probability, Generator& generator) {
  const Tensor result(shape, boolean);
  generator.fill_bernoulli(elements<bool>(result), probability);
  return result;
}

Tensor randint(Index low, Index high, const Shape& shape, Generator& generator) {
  if (low >= high)
    throw Error(formatted("randint: there is no whole number from {} to below {}: give a larger `high`", low, high));
  const Tensor result(shape, i64);
  // On unsigned numbers, which hold the distance of any two and wrap around.
  const auto from = static_cast<std::uint64_t>(low);
  const std::uint64_t bound = static_cast<std::uint64_t>(high) - from;
  for (Index& value : elements<Index>(result)) value = static_cast<Index>(from + generator.below(bound));
  return result;
}

Tensor randint(Index high, const Shape& shape, Generator& generator) { return randint(0, high, shape, generator); }

Tensor permutation(Index n, Generator& generator) {
  check_size("permutation", n);
  const Tensor result = arange(static_cast<double>(n));
  const std::span<Index> values = elements<Index>(result);
  // Fisher and Yates: each place from the last gets one of those that are left.
  for (std::size_t left = values.size(); left > 1; --left)
    std::swap(values[left - 1], values[static_cast<std::size_t>(generator.below(left))]);
  return result;
}

}  // namespace glance
