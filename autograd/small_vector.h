#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "glance/tensor/storage.h"

// A vector for the engine's bookkeeping, which needs no allocation while it is short.
namespace glance::detail {

// A vector whose first N elements lie in itself, and later ones in a block of the storage pool: the bookkeeping of a
// small graph needs no allocation. It only grows.
template <class T, std::size_t N>
class SmallVector {
 public:
  SmallVector() = default;
  SmallVector(const SmallVector&) = delete;
  SmallVector& operator=(const SmallVector&) = delete;
  ~SmallVector() {
    std::destroy_n(data_, size_);
    release();
  }

  std::size_t size() const { return size_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  T& operator[](std::size_t i) { return data_[i]; }

  void push_back(T value) {
    if (size_ == capacity_) grow(size_ + 1);
    new (data_ + size_) T(std::move(value));
    ++size_;
  }

  // Makes it `size` elements long, the new ones equal to `value`.
  void extend(std::size_t size, const T& value) {
    if (size > capacity_) grow(size);
    std::uninitialized_fill(data_ + size_, data_ + size, value);
    size_ = size;
  }

 private:
  void grow(std::size_t least) {
    std::size_t capacity = 2 * capacity_;
    while (capacity < least) capacity *= 2;
    T* data = static_cast<T*>(allocate_storage(capacity * sizeof(T)));
    std::uninitialized_move_n(data_, size_, data);
    std::destroy_n(data_, size_);
    release();
    data_ = data;
    capacity_ = capacity;
  }

  void release() noexcept {
    if (capacity_ > N) release_storage(data_, capacity_ * sizeof(T));
  }

  alignas(T) std::array<std::byte, N * sizeof(T)> first_;
  T* data_ = reinterpret_cast<T*>(first_.data());
  std::size_t size_ = 0;
  std::size_t capacity_ = N;
};

}  // namespace glance::detail
