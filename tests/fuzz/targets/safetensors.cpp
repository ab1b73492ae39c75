// Any bytes as a safetensors file: refused in a line, or read; and what was read is the same when saved and read again.
#include <span>

#include "glance/tensor/error.h"
#include "glance/tensor/files/tensor_file.h"
#include "tests/fuzz/targets/hostile.h"

using namespace glance;

namespace {

bool same_bytes(const Tensor& a, const Tensor& b) {
  if (!(a.shape() == b.shape()) || a.dtype() != b.dtype()) return false;
  return dispatch(a.dtype(), [&]<class T>() {
    const auto x = std::as_bytes(a.values<T>()), y = std::as_bytes(b.values<T>());
    return std::equal(x.begin(), x.end(), y.begin(), y.end());
  });
}

void check_saved(const TensorFile& file) {
  static const std::string path = "/dev/shm/glance-fuzz-" + std::to_string(::getpid());
  save_safetensors(path, file.tensors, file.metadata);
  const TensorFile again = load_safetensors(path);
  ::unlink(path.c_str());
  hostile::require(again.metadata == file.metadata && again.tensors.size() == file.tensors.size(),
                   "metadata and names stay as they were");
  for (const auto& [name, tensor] : file.tensors)
    hostile::require(same_bytes(tensor, again.tensors.at(name)), "tensors stay as they were");
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  return hostile::mutate_safetensors(data, size, max_size, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static hostile::File hostile_file;
  hostile_file.put(data, size);
  try {
    // From these very bytes first: a mapped file ends with a page, beyond its last byte, that may be read unnoticed.
    parse_safetensors(std::as_bytes(std::span(data, size)), hostile_file.path());
    const hostile::MemoryBound bound(size, 16);
    check_saved(load_safetensors(hostile_file.path()));
  } catch (const Error& error) {
    hostile::check_message(error, hostile_file.path());
  }
  return 0;
}
