#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "glance/tensor/files/file.h"

// Files in the safetensors format (https://github.com/huggingface/safetensors): 8 bytes that give the length of a
// header, the header in JSON, then the tensors' bytes one after the other, little-endian and row-major. This is the
// format as it stands, with all its dtypes; tensor/files/tensor_file.h reads and writes Tensors.

namespace glance {

// The free-form strings that a file may carry, in its header's __metadata__.
using Metadata = std::map<std::string, std::string>;

// A tensor as it lies in a file. `bytes` looks into memory that somebody else holds.
struct StoredTensor {
  std::string name;
  std::string dtype;                 // as the format spells it: "F32", "BF16", "I64", "BOOL", ...
  std::vector<std::uint64_t> shape;  // of any rank; empty for a single number
  std::span<const std::byte> bytes;
};

// What a file holds.
struct Safetensors {
  Metadata metadata;
  std::vector<StoredTensor> tensors;  // in the order of their bytes
};

// Takes apart the contents of a file; `path` is for messages. Throws Error, saying what is wrong and where, unless the
// header is well-formed and its tensors cover the data without holes or overlaps. Decides as the reference reader does
// (so any rank, offsets in any order, unknown fields are fine), but for what the format forbids and that one lets pass:
// a name given twice, and a tensor or dtype that is spelt in another JSON type. Allocates in proportion to the header
// only.
Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& path);

// A mapped file and what it holds.
struct SafetensorsFile {
  MappedFile file;  // what the tensors' bytes look into
  Safetensors contents;
};

// Maps and parses a file. Throws Error as MappedFile and parse_safetensors do.
SafetensorsFile read_safetensors(const std::string& path);

// Writes a file whole or not at all (see FileWriter), the same bytes whatever the order of `tensors`, and the same as
// the reference writer: wide dtypes first, so that every tensor is aligned, then by name. Throws Error for a dtype that
// is not the format's, bytes that do not fit the shape, a name given twice, text that is not UTF-8, or what FileWriter
// throws.
void write_safetensors(const std::string& path, std::span<const StoredTensor> tensors, const Metadata& metadata = {});

namespace detail {

// Text from a file for a message: in quotes, on one line, without control characters, and cut when it is long.
std::string in_quotes(std::string_view text);

}  // namespace detail
}  // namespace glance
