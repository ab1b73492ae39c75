#pragma once

#include <cstddef>

#include "glance/tensor/storage.h"

// Memory for the time of one function.
namespace glance::detail {

// Room for `count` numbers until the end of the scope, uninitialised. From the storage pool, which has it at hand, and
// not from the stack, which may be small on a thread.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::size_t count) : bytes_(count * sizeof(T)), data_(static_cast<T*>(allocate_storage(bytes_))) {}
  ~Scratch() { release_storage(data_, bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() const { return data_; }

 private:
  std::size_t bytes_;
  T* data_;
};

}  // namespace glance::detail
