// How tensors are allocated, viewed, copied and converted, and the errors of their use.
#include "glance/tensor/tensor.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "glance/tensor/check.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/moved.h"
#include "glance/tensor/walk.h"

namespace glance {

namespace detail {

void destroy(TensorBlock* block) noexcept {
  TensorBlock* base = block->base;
  const std::size_t bytes = block->bytes;
  block->~TensorBlock();
  release_storage(block, bytes);
  // A base is never a view, so this goes one level deep at most.
  if (base && base->references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(base);
}

void throw_undefined(bool moved) {
  if (moved) throw_moved("tensor");
  throw Error("tensor: an undefined tensor was used: give it a value first");
}

void throw_moved(const char* what) {
  throw Error(formatted("{}: used after it was moved from: use what it was moved to, or give it a value first", what));
}

void throw_wrong_dtype(DType asked, DType actual) {
  throw Error(formatted("tensor: elements are {}, not {}: convert with to(x, {})", name(actual), name(asked),
                        constant_of(asked)));
}

void throw_not_dense(const Shape& shape) {
  throw Error(formatted("values: a view of shape {} is not dense: use contiguous(x) or to_vector", to_string(shape)));
}

}  // namespace detail

void throw_not_floating(const char* operation, DType dtype) {
  throw Error(
      formatted("{}: dtype {}: only f32 and f64 are supported; convert with to(x, f32)", operation, name(dtype)));
}

namespace {

// The number of elements to be allocated, at most so many that the bytes can be counted. What is usual is found out
// without a call.
Index allocated_numel(const Shape& shape) {
  constexpr Index most = Index{1} << 56;
  Index n = 1;
  bool usual = true;
  for (const Index extent : shape) usual &= extent > 0 && !__builtin_mul_overflow(n, extent, &n);
  if (!usual) n = checked_numel("tensor", shape);
  if (n > most) throw Error(formatted("tensor: shape {} has too many elements", to_string(shape)));
  return n;
}

}  // namespace

Tensor::Tensor(const Shape& shape, DType dtype) {
  const Index numel = allocated_numel(shape);
  const std::uint64_t bytes = sizeof(detail::TensorBlock) + static_cast<std::uint64_t>(numel) * element_size(dtype);
  void* memory = allocate_storage(bytes);
  // All in one initialiser: strides that are assigned are copied while they are still on their way to memory, which
  // takes longer than the rest.
  block_ = new (memory) detail::TensorBlock{.dtype = dtype,
                                            .dense = true,
                                            .data = static_cast<std::byte*>(memory) + sizeof(detail::TensorBlock),
                                            .bytes = static_cast<std::size_t>(bytes),
                                            .numel = numel,
                                            .shape = shape,
                                            .strides = dense_strides(shape)};
}

Tensor::Tensor(const Tensor& base, const Shape& shape, const Strides& strides, Index offset) {
  const auto& from = base.block();
  auto* block = new (allocate_storage(sizeof(detail::TensorBlock))) detail::TensorBlock;
  block->dtype = from.dtype;
  block->dense = glance::is_dense(shape, strides);
  block->base = &base.base();
  block->base->references.fetch_add(1, std::memory_order_relaxed);
  block->data = from.data + offset * static_cast<Index>(element_size(from.dtype));
  block->bytes = sizeof(detail::TensorBlock);
  block->numel = shape.numel();
  block->shape = shape;
  block->strides = strides;
  block_ = block;
}

namespace {

// As C++ converts, but for numbers that i64 does not have, which C++ leaves undefined.
template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<To, std::int64_t> && std::is_floating_point_v<From>) {
    constexpr From limit = 9223372036854775808.0;  // 2^63
    if (!(value >= -limit && value < limit))
      throw Error(formatted("to: i64 cannot hold {}: replace it first, for example with where or clamp", value));
  }
  return static_cast<To>(value);
}

template <class To, class From>
void convert_elements(To* to, const Strides& to_strides, const From* from, const Strides& from_strides,
                      const Shape& shape) {
  const Walk<2> walk(shape, {to_strides, from_strides});
  const Index n = walk.row_length();
  const auto steps = walk.row_steps();
  walk.for_each_row([&](const auto& offsets) {
    To* t = to + offsets[0];
    const From* f = from + offsets[1];
    if (steps[0] == 1 && steps[1] == 1) {
      for (Index i = 0; i < n; ++i) t[i] = convert<To>(f[i]);
    } else {
      for (Index i = 0; i < n; ++i) t[i * steps[0]] = convert<To>(f[i * steps[1]]);
    }
  });
}

}  // namespace

template <Element T>
std::vector<T> Tensor::to_vector() const {
  const T* data = read<T>();
  std::vector<T> result(static_cast<std::size_t>(numel()));
  if constexpr (std::is_same_v<T, bool>) {
    const Tensor dense = contiguous(*this);
    std::copy_n(dense.read<bool>(), numel(), result.begin());
  } else {
    convert_elements(result.data(), dense_strides(shape()), data, strides(), shape());
  }
  return result;
}

template std::vector<float> Tensor::to_vector() const;
template std::vector<double> Tensor::to_vector() const;
template std::vector<std::int64_t> Tensor::to_vector() const;
template std::vector<bool> Tensor::to_vector() const;

double Tensor::item() const {
  if (numel() != 1)
    throw Error(formatted("item: {} has {} elements: item() wants exactly one", to_string(shape()), numel()));
  return dispatch(dtype(), [&]<class T>() { return static_cast<double>(*read<T>()); });
}

Tensor copy(const Tensor& x) {
  Tensor result(x.shape(), x.dtype());
  assign(result, x);
  return result;
}

Tensor contiguous(const Tensor& x) { return x.is_dense() ? x : copy(x); }

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor result(x.shape(), dtype);
  dispatch(dtype, [&]<class To>() {
    dispatch(x.dtype(), [&]<class From>() {
      convert_elements(result.write<To>(), result.strides(), x.read<From>(), x.strides(), x.shape());
    });
  });
  return result;
}

void assign(const Tensor& to, const Tensor& from) {
  if (to.dtype() != from.dtype())
    throw Error(formatted("assign: dtypes {} and {} differ", name(to.dtype()), name(from.dtype())));
  if (!broadcasts_to(from.shape(), to.shape()))
    throw Error(formatted("assign: {} does not stretch to {}", to_string(from.shape()), to_string(to.shape())));
  if (to.is_dense() && from.is_dense() && to.numel() == from.numel()) {
    const std::size_t bytes = static_cast<std::size_t>(to.numel()) * element_size(to.dtype());
    dispatch(to.dtype(), [&]<class T>() {
      if (bytes > 0) std::memmove(to.write<T>(), from.read<T>(), bytes);
    });
    return;
  }
  // What is written through one view must not be read through another.
  if (to.shares_storage(from)) return assign(to, copy(from));
  const Strides strides = broadcast_strides(from.shape(), from.strides(), to.shape());
  dispatch(to.dtype(),
           [&]<class T>() { convert_elements(to.write<T>(), to.strides(), from.read<T>(), strides, to.shape()); });
}

}  // namespace glance
