#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "glance/tensor/dtype.h"
#include "glance/tensor/error.h"
#include "glance/tensor/shape.h"
#include "glance/tensor/storage.h"

// The tensor: numbers in memory.
namespace glance {

class Tensor;

namespace detail {

// What a Tensor points to. A dense tensor is one allocation: this header, then the data. A view has the header only,
// and keeps the tensor it looks into (never itself a view) alive.
struct alignas(64) TensorBlock {
  std::atomic<std::uint32_t> references{1};
  DType dtype;
  bool dense;                             // row-major without gaps
  std::atomic<std::uint32_t> version{0};  // of the base: counts the times someone asked to write
  TensorBlock* base = nullptr;            // null when the data is its own
  std::byte* data;                        // the first element
  std::size_t bytes;                      // of this allocation
  Index numel;
  Shape shape;
  Strides strides;
};

void destroy(TensorBlock* block) noexcept;
[[noreturn]] void throw_undefined(bool moved);
[[noreturn]] void throw_wrong_dtype(DType asked, DType actual);
[[noreturn]] void throw_not_dense(const Shape& shape);

}  // namespace detail

// Numbers in memory: a handle on shared elements of one dtype, seen through a shape and strides. Copying the handle
// shares the elements; copy(x) makes new ones. Constness is shallow, as with std::span: only write<T>() gives mutable
// elements, and it is counted in version(), so that who kept a tensor for later can notice that it was changed.
class Tensor {
 public:
  // An undefined tensor: no shape, no elements. Any use but defined() is an Error, as is any of one moved from.
  Tensor() noexcept = default;

  // New, uninitialised, dense. Error when the element count overflows or memory runs out.
  Tensor(const Shape& shape, DType dtype);

  // A window into `base`'s elements. `offset` counts elements from base's first; the caller has checked the bounds.
  Tensor(const Tensor& base, const Shape& shape, const Strides& strides, Index offset);

  Tensor(const Tensor& other) noexcept : block_(other.block_) {
    if (defined()) block_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Tensor(Tensor&& other) noexcept : block_(std::exchange(other.block_, moved_away())) {}
  Tensor& operator=(Tensor other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Tensor() {
    // The only owner need not pay for an atomic decrement.
    if (defined() && (block_->references.load(std::memory_order_acquire) == 1 ||
                      block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1))
      detail::destroy(block_);
  }

  // Whether it refers to elements: false only of Tensor() and of what was moved from.
  bool defined() const { return reinterpret_cast<std::uintptr_t>(block_) > 1; }
  // Whether it was given as an argument that may be left out. What was moved from is an Error, not left out.
  bool given() const {
    if (block_ == moved_away()) [[unlikely]]
      detail::throw_undefined(true);
    return block_ != nullptr;
  }
  explicit operator bool() const = delete;  // is it defined, or is it true? Say defined() or item().

  // The extents. Of a tensor about to go, a copy: a loop over f(x).shape() would outlive what a reference is to.
  const Shape& shape() const& { return block().shape; }
  Shape shape() && { return block().shape; }
  // The extent of one dimension; negative dimensions count from the end. Error when it is not there.
  Index shape(int dim) const { return shape()[resolve_dim("shape", dim, shape())]; }
  // The number of dimensions.
  int rank() const { return block().shape.rank(); }
  // The number of elements.
  Index numel() const { return block().numel; }
  // The type of the elements.
  DType dtype() const { return block().dtype; }
  // How many elements apart neighbours along each dimension lie in memory. Of a tensor about to go, a copy.
  const Strides& strides() const& { return block().strides; }
  Strides strides() && { return block().strides; }
  // Whether the elements lie row-major without gaps.
  bool is_dense() const { return block().dense; }

  // The first element; neighbours lie strides() apart. Error when T is not the dtype.
  template <Element T>
  const T* read() const& {
    const auto& b = block();
    if (b.dtype != dtype_of<T>) detail::throw_wrong_dtype(dtype_of<T>, b.dtype);
    return reinterpret_cast<const T*>(b.data);
  }
  template <Element T>
  const T* read() const&& = delete;  // its elements go with it: keep the tensor first, const Tensor sum = a + b;

  // The first element, to be changed; advances version().
  template <Element T>
  T* write() const& {
    const auto& b = block();
    if (b.dtype != dtype_of<T>) detail::throw_wrong_dtype(dtype_of<T>, b.dtype);
    base().version.fetch_add(1, std::memory_order_relaxed);
    return reinterpret_cast<T*>(b.data);
  }
  template <Element T>
  T* write() const&& =
      delete;  // its elements may go with it: keep the tensor first, const Tensor row = select(x, 0, i);

  // All elements of a dense tensor, row-major. Error when strided.
  template <Element T>
  std::span<const T> values() const& {
    const T* data = read<T>();
    if (!is_dense()) detail::throw_not_dense(shape());
    return {data, static_cast<std::size_t>(numel())};
  }
  template <Element T>
  std::span<const T> values() const&& = delete;  // its elements go with it: keep the tensor first, or to_vector<T>()

  // All elements, row-major, whatever the strides.
  template <Element T>
  std::vector<T> to_vector() const;

  // The single element as a number. Error when there is not exactly one.
  double item() const;

  // How often the elements were given out for writing, through this tensor or any view of the same elements.
  std::uint32_t version() const { return base().version.load(std::memory_order_relaxed); }

  // Whether nobody else holds these elements: what may be changed in place without anyone noticing.
  bool is_sole_owner() const {
    return defined() && !block_->base && block_->references.load(std::memory_order_acquire) == 1;
  }

  // Whether two handles look at the same elements' memory, through whatever views.
  bool shares_storage(const Tensor& other) const { return &base() == &other.base(); }

 private:
  // What stands for the block of a tensor that was moved from: no address of any.
  static detail::TensorBlock* moved_away() noexcept { return reinterpret_cast<detail::TensorBlock*>(1); }
  detail::TensorBlock& block() const {
    if (!defined()) [[unlikely]]
      detail::throw_undefined(block_ != nullptr);
    return *block_;
  }
  detail::TensorBlock& base() const {
    auto& b = block();
    return b.base ? *b.base : b;
  }

  detail::TensorBlock* block_ = nullptr;
};

// A dense copy with elements of its own.
Tensor copy(const Tensor& x);

// x itself when dense, else a dense copy.
Tensor contiguous(const Tensor& x);

// x itself when it has this dtype, else converted: float to i64 truncates, and is an Error for NaN and numbers that i64
// does not have; anything to bool asks whether it is not zero.
Tensor to(const Tensor& x, DType dtype);

// Copies elements of `from` (broadcast to `to`'s shape, same dtype) over those of `to`. Error when they do not fit.
void assign(const Tensor& to, const Tensor& from);

}  // namespace glance
