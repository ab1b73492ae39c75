#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

// The types of elements.
namespace glance {

// The type of a tensor's elements. f32 is for training, f64 for proving gradients, i64 for indices, boolean for masks.
enum class DType : std::uint8_t { f32, f64, i64, boolean };

// The types by their short names.
inline constexpr DType f32 = DType::f32;
inline constexpr DType f64 = DType::f64;
inline constexpr DType i64 = DType::i64;
inline constexpr DType boolean = DType::boolean;

// A type that elements may have in memory.
template <class T>
concept Element =
    std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::int64_t> || std::is_same_v<T, bool>;

// The dtype whose elements are of type T.
template <Element T>
inline constexpr DType dtype_of = std::is_same_v<T, float>          ? DType::f32
                                  : std::is_same_v<T, double>       ? DType::f64
                                  : std::is_same_v<T, std::int64_t> ? DType::i64
                                                                    : DType::boolean;

// Whether a gradient can be taken of it.
constexpr bool is_floating(DType dtype) { return dtype == DType::f32 || dtype == DType::f64; }

// In bytes.
constexpr std::size_t element_size(DType dtype) {
  return dtype == DType::f32 ? sizeof(float) : dtype == DType::boolean ? sizeof(bool) : sizeof(double);
}

// "f32", "f64", "i64" or "bool".
constexpr const char* name(DType dtype) {
  constexpr const char* names[] = {"f32", "f64", "i64", "bool"};
  return names[static_cast<std::size_t>(dtype)];
}

// Calls f.operator()<T>() with the element type of `dtype`: dispatch(x.dtype(), [&]<class T>() { … });
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32:
      return std::forward<F>(f).template operator()<float>();
    case DType::f64:
      return std::forward<F>(f).template operator()<double>();
    case DType::i64:
      return std::forward<F>(f).template operator()<std::int64_t>();
    default:
      return std::forward<F>(f).template operator()<bool>();
  }
}

// Throws Error: `operation: dtype i64: only f32 and f64 are supported; convert with to(x, f32)`.
[[noreturn]] void throw_not_floating(const char* operation, DType dtype);

// As dispatch, for f32 and f64 only; any other dtype is an Error that names the operation.
template <class F>
decltype(auto) dispatch_floating(const char* operation, DType dtype, F&& f) {
  if (dtype == DType::f32) return std::forward<F>(f).template operator()<float>();
  if (dtype != DType::f64) throw_not_floating(operation, dtype);
  return std::forward<F>(f).template operator()<double>();
}

}  // namespace glance
