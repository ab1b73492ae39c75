#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "glance/tensor/tensor.h"
#include "tests/catch.h"

// What the tests of fused kernels share: numbers to put in, and a derivative to hold theirs against.
namespace glance::kernel_check {

inline Tensor from(const std::vector<double>& values, const Shape& shape, DType dtype) {
  Tensor x({static_cast<Index>(values.size())}, f64);
  std::copy(values.begin(), values.end(), x.write<double>());
  return to(Tensor(x, shape, dense_strides(shape), 0), dtype);
}

// Numbers from -1 to 1 that look random and are the same everywhere.
inline Tensor noise(const Shape& shape, DType dtype, std::uint64_t seed) {
  std::vector<double> values(static_cast<std::size_t>(shape.numel()));
  std::uint64_t state = seed * 2862933555777941757u + 3037000493u;
  for (double& value : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<double>(state >> 11) / static_cast<double>(1ull << 52) - 1;
  }
  return from(values, shape, dtype);
}

inline Tensor integers(const std::vector<Index>& values) {
  Tensor x({static_cast<Index>(values.size())}, i64);
  std::copy(values.begin(), values.end(), x.write<Index>());
  return x;
}

inline Tensor filled(const Shape& shape, DType dtype, double value) {
  return from(std::vector<double>(static_cast<std::size_t>(shape.numel()), value), shape, dtype);
}

inline Tensor to_f32(const Tensor& x) { return to(x, f32); }

inline std::vector<double> numbers(const Tensor& x) { return to(x, f64).to_vector<double>(); }

inline double dot(const Tensor& a, const Tensor& b) {
  double total = 0;
  const auto x = numbers(a), y = numbers(b);
  for (std::size_t i = 0; i < x.size(); ++i) total += x[i] * y[i];
  return total;
}

inline void check_element(std::size_t i, const Shape& shape, double actual, double expected, double tolerance) {
  INFO("element " << i << " of " << to_string(shape) << ": " << actual << ", expected " << expected);
  REQUIRE(std::abs(actual - expected) <= tolerance * (1 + std::abs(expected)));
}

inline void check_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  REQUIRE(actual.shape() == expected.shape());
  const auto x = numbers(actual), y = numbers(expected);
  for (std::size_t i = 0; i < x.size(); ++i) check_element(i, actual.shape(), x[i], y[i], tolerance);
}

// df/dx of one element of x, by a central difference. x is f64 and dense, and is what f reads.
inline double numeric_derivative(const std::function<double()>& f, const Tensor& x, Index element) {
  const double h = 1e-5;
  double& at = x.write<double>()[element];
  const double value = at;
  at = value + h;
  const double above = f();
  at = value - h;
  const double below = f();
  at = value;
  return (above - below) / (2 * h);
}

// Of all elements.
inline Tensor numeric_gradient(const std::function<double()>& f, const Tensor& x) {
  Tensor gradient(x.shape(), f64);
  for (Index i = 0; i < x.numel(); ++i) gradient.write<double>()[i] = numeric_derivative(f, x, i);
  return gradient;
}

// Holds the gradient of x to numeric derivatives. Each costs two runs of f, so of a large x it takes 200 or so, an odd
// number of elements apart, which meets all rows and columns.
inline void check_gradient(const Tensor& gradient, const std::function<double()>& f, const Tensor& x,
                           double tolerance) {
  REQUIRE(gradient.shape() == x.shape());
  const auto found = numbers(gradient);
  for (Index i = 0; i < x.numel(); i += (x.numel() / 200) | 1) {
    const auto place = static_cast<std::size_t>(i);
    check_element(place, x.shape(), found[place], numeric_derivative(f, x, i), tolerance);
  }
}

}  // namespace glance::kernel_check
