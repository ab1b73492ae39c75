#pragma once

#include <cstdint>
#include <type_traits>

#include "glance/tensor/dtype.h"

// Numbers beside tensors: conversion to the tensor's dtype, and integers that wrap around.
namespace glance {

// What arithmetic is done on: of i64 the unsigned bits, because i64 wraps around, which C++ leaves undefined for signed
// integers.
template <class T>
constexpr auto wrapping(T x) {
  if constexpr (std::is_same_v<T, std::int64_t>)
    return static_cast<std::uint64_t>(x);
  else
    return x;
}

// a + b, where i64 wraps around.
template <class T>
constexpr T wrapping_sum(T a, T b) {
  return static_cast<T>(wrapping(a) + wrapping(b));
}

// A number given beside a tensor, turned into one element of the tensor's dtype.
class Number {
 public:
  Number() = default;

  // Error when `value` is not whole and the dtype is i64, or neither 0 nor 1 and the dtype is bool.
  Number(const char* operation, double value, DType dtype) {
    if (dtype == DType::f32)
      f32_ = static_cast<float>(value);
    else if (dtype == DType::f64)
      f64_ = value;
    else
      set_whole(operation, value, dtype);
  }

  // Where the element lies.
  const void* data() const { return this; }

  // The element; T must be that of the dtype.
  template <Element T>
  T get() const {
    return *static_cast<const T*>(data());
  }

 private:
  void set_whole(const char* operation, double value, DType dtype);

  union {
    float f32_;
    double f64_ = 0;
    std::int64_t i64_;
    bool bool_;
  };
};

}  // namespace glance
