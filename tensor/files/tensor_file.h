#pragma once

#include <map>
#include <string>

#include "glance/tensor/files/safetensors.h"
#include "glance/tensor/tensor.h"

// Tensors in files, as safetensors.torch's load_file and save_file have them in Python.

namespace glance {

// What a file holds.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  Metadata metadata;
};

// Reads a whole safetensors file. F32, F64, I64 and BOOL come as they are; I32 is widened to i64, F16 and BF16 to f32.
// Throws Error, naming the file and the tensor, for any other dtype, for more than 8 dimensions, and as
// read_safetensors.
TensorFile load_safetensors(const std::string& path);

// Writes a safetensors file, whole or not at all; strided tensors row-major. Throws Error as write_safetensors does,
// and for an undefined tensor.
void save_safetensors(const std::string& path, const std::map<std::string, Tensor>& tensors,
                      const Metadata& metadata = {});

}  // namespace glance
