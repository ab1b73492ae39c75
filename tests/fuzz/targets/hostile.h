#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "glance/tensor/storage.h"

// What the targets for libFuzzer share. A target ends the process when a promise is broken; the sanitizers do the rest.

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace glance::hostile {

[[noreturn]] inline void broken(const std::string& promise) {
  std::fprintf(stderr, "broken promise: %s\n", promise.c_str());
  std::abort();
}

inline void require(bool kept, const std::string& promise) {
  if (!kept) broken(promise);
}

// The bytes under test as a regular file, in memory.
class File {
 public:
  File() : descriptor_(::memfd_create("hostile", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(descriptor_)) {
    require(descriptor_ >= 0, "a file in memory can be made");
  }
  ~File() { ::close(descriptor_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  void put(const uint8_t* data, size_t size) {
    require(::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, data, size, 0) == static_cast<ssize_t>(size),
            "a file in memory can be written");
  }
  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

// An error is one line that names the file first.
inline void check_message(const std::exception& error, const std::string& file) {
  const std::string_view text = error.what();
  require(text.substr(0, file.size()) == file && text.size() > file.size() + 2,
          "an error names the file: " + std::string(text));
  require(std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }),
          "an error is one line without control characters: " + std::string(text));
}

// While it lives, tensors may not take more than the file's bytes allow: each at most twice as wide as in the file, and
// a block with its header for each, whose entry in the file takes a few dozen bytes.
class MemoryBound {
 public:
  explicit MemoryBound(size_t file_size, size_t factor)
      : bound_(static_cast<std::int64_t>(file_size * factor + 65536)) {
    reset_peak_storage();
    before_ = storage_statistics().live_bytes;
  }
  ~MemoryBound() {
    require(storage_statistics().peak_bytes - before_ <= bound_, "memory is in proportion to the file");
  }
  MemoryBound(const MemoryBound&) = delete;
  MemoryBound& operator=(const MemoryBound&) = delete;

 private:
  std::int64_t bound_, before_;
};

// Changes a safetensors file as libFuzzer does, but keeps, three times out of four, the header's length true: a file
// whose length is off is refused at once, and nothing beyond would ever be tried.
inline size_t mutate_safetensors(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  constexpr size_t prefix = 8;
  uint64_t length = 0;
  if (size >= prefix) std::memcpy(&length, data, prefix);
  if (seed % 4 == 0 || size < prefix || length > size - prefix) return LLVMFuzzerMutate(data, size, max_size);
  const std::vector<uint8_t> tensors(data + prefix + length, data + size);
  const size_t room = max_size - prefix - tensors.size();
  const uint64_t changed = LLVMFuzzerMutate(data + prefix, length, room);
  std::memcpy(data, &changed, prefix);
  std::copy(tensors.begin(), tensors.end(), data + prefix + changed);
  return prefix + changed + tensors.size();
}

}  // namespace glance::hostile
