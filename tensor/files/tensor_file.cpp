// Tensors to and from the entries of a safetensors file; half-precision numbers are widened.
#include "glance/tensor/files/tensor_file.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"

namespace glance {
namespace {

// IEEE 754 half precision: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction.
float widen_f16(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1Fu;
  const std::uint32_t fraction = half & 0x3FFu;
  if (exponent == 0) {
    const float subnormal = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -subnormal : subnormal;
  }
  constexpr std::uint32_t bias_difference = 127 - 15;
  const std::uint32_t widened = exponent == 0x1F ? 0xFF : exponent + bias_difference;
  return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

// bfloat16 is the upper half of a float.
float widen_bf16(std::uint16_t upper) { return std::bit_cast<float>(std::uint32_t{upper} << 16); }

// The bytes of a file are aligned to nothing, hence memcpy.
template <class Stored, Element T, class Convert>
Tensor convert_each(std::span<const std::byte> bytes, const Shape& shape, Convert convert) {
  Tensor result(shape, dtype_of<T>);
  T* out = result.write<T>();
  for (std::size_t i = 0; i < bytes.size() / sizeof(Stored); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    out[i] = convert(stored);
  }
  return result;
}

template <Element T>
Tensor as_it_is(std::span<const std::byte> bytes, const Shape& shape) {
  return convert_each<T, T>(bytes, shape, [](T value) { return value; });
}

Shape shape_of(const StoredTensor& stored) {
  if (stored.shape.size() > max_rank)
    throw Error(formatted("{} dimensions, and {} are the most", stored.shape.size(), max_rank));
  Shape shape;
  for (const std::uint64_t extent : stored.shape) {
    if (extent > static_cast<std::uint64_t>(std::numeric_limits<Index>::max()))
      throw Error(formatted("extent {} is too large", extent));
    shape.push_back(static_cast<Index>(extent));
  }
  return shape;
}

Tensor to_tensor(const StoredTensor& stored) {
  const Shape shape = shape_of(stored);
  if (stored.dtype == "F32") return as_it_is<float>(stored.bytes, shape);
  if (stored.dtype == "F64") return as_it_is<double>(stored.bytes, shape);
  if (stored.dtype == "I64") return as_it_is<std::int64_t>(stored.bytes, shape);
  if (stored.dtype == "I32")
    return convert_each<std::int32_t, std::int64_t>(stored.bytes, shape, [](std::int32_t value) { return value; });
  if (stored.dtype == "F16") return convert_each<std::uint16_t, float>(stored.bytes, shape, widen_f16);
  if (stored.dtype == "BF16") return convert_each<std::uint16_t, float>(stored.bytes, shape, widen_bf16);
  // A byte that is neither 0 nor 1 is not a bool to C++.
  if (stored.dtype == "BOOL")
    return convert_each<std::uint8_t, bool>(stored.bytes, shape, [](std::uint8_t value) { return value != 0; });
  throw Error(
      formatted("dtype {} has no place in a Tensor; F32, F64, I64, I32, BOOL, F16 and BF16 have", stored.dtype));
}

const char* stored_dtype(DType dtype) {
  constexpr const char* names[] = {"F32", "F64", "I64", "BOOL"};
  return names[static_cast<std::size_t>(dtype)];
}

std::span<const std::byte> bytes_of(const Tensor& dense) {
  return dispatch(dense.dtype(), [&]<class T>() { return std::as_bytes(dense.values<T>()); });
}

}  // namespace

TensorFile load_safetensors(const std::string& path) {
  SafetensorsFile file = read_safetensors(path);
  TensorFile result{{}, std::move(file.contents.metadata)};
  for (const StoredTensor& stored : file.contents.tensors) {
    try {
      result.tensors.emplace(stored.name, to_tensor(stored));
    } catch (const Error& error) {
      throw Error(formatted("{}: tensor {}: {}", path, detail::in_quotes(stored.name), error.what()));
    }
  }
  return result;
}

void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors, const Metadata& metadata) {
  std::vector<Tensor> dense;  // keeps what `stored` looks into
  std::vector<StoredTensor> stored;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.defined()) throw Error(formatted("{}: tensor {} is undefined", path, detail::in_quotes(name)));
    dense.push_back(contiguous(tensor));
    const std::vector<std::uint64_t> shape(tensor.shape().begin(), tensor.shape().end());
    stored.push_back({name, stored_dtype(tensor.dtype()), shape, bytes_of(dense.back())});
  }
  write_safetensors(path, stored, metadata);
}

}  // namespace glance
