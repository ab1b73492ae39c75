// Reads and writes safetensors, with every check that the format's reference reader makes: a file from anywhere may be
// opened.
#include "glance/tensor/files/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"

namespace glance {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian, and nothing here swaps bytes");

using detail::in_quotes;
using Json = nlohmann::json;
using Extents = std::vector<std::uint64_t>;

constexpr std::size_t length_bytes = 8;          // of the number in front of the header
constexpr std::size_t max_header = 100'000'000;  // the reference's limit
constexpr int max_depth = 127;                   // of nested JSON, as in the reference
constexpr std::string_view metadata_key = "__metadata__";

// Every dtype of the format in the order of the reference, which is that of alignment.
struct StoredType {
  std::string_view name;
  unsigned bits;
};
constexpr std::array<StoredType, 22> stored_types = {
    {{"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
     {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
     {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
     {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}}};

const StoredType* find_type(std::string_view name) {
  const auto* const found =
      std::find_if(stored_types.begin(), stored_types.end(), [&](const StoredType& type) { return type.name == name; });
  return found == stored_types.end() ? nullptr : found;
}

std::string listed(const Extents& extents) {
  constexpr std::size_t limit = 10;
  const auto shown = std::span(extents).first(std::min(limit, extents.size()));
  return formatted("[{}{}]", joined(shown), extents.size() > limit ? ", ..." : "");
}

// The bytes that a tensor takes. Throws Error, beginning with `where`, when they are not whole or do not fit in 64
// bits.
std::uint64_t byte_count(const StoredType& type, const Extents& shape, const std::string& where) {
  std::uint64_t bits = 1;
  bool overflow = false;
  for (const std::uint64_t extent : shape) overflow |= __builtin_mul_overflow(bits, extent, &bits);
  overflow |= __builtin_mul_overflow(bits, std::uint64_t{type.bits}, &bits);
  const auto fail = [&](const char* why) {
    throw Error(formatted("{}: shape {} of {} {}", where, listed(shape), type.name, why));
  };
  if (overflow) fail("has more bits than 64-bit numbers can count");
  if (bits % 8 != 0) fail("does not end on a whole byte");
  return bits / 8;
}

// The position of the first byte that is not part of well-formed UTF-8 (Unicode 15, table 3-7), or the size.
std::size_t find_invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto is_between = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned lead = byte(i);
    std::size_t length = 1;
    if (lead >= 0x80) {
      length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
      // The second byte's range rules out overlong forms, surrogates and what lies beyond U+10FFFF.
      const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
      const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
      if (length == 0 || !is_between(i + 1, low, high)) return i;
      for (std::size_t k = 2; k < length; ++k)
        if (!is_between(i + k, 0x80, 0xBF)) return i;
    }
    i += length;
  }
  return text.size();
}

struct HeaderEntry {
  std::string name;
  const StoredType* type = nullptr;
  std::optional<Extents> shape;
  std::optional<Extents> offsets;
};

// Listens to the JSON parser (its names are nlohmann's SAX interface) and keeps what the format knows. The parser is
// iterative, and this keeps no stack either, so that no nesting is too deep for it.
class HeaderListener {
 public:
  explicit HeaderListener(const std::string& path) : path_(path) {}

  Metadata metadata;
  std::vector<HeaderEntry> entries;

  bool null() { return (at_ == At::header && in_metadata_) || other("null"); }
  bool boolean(bool) { return other("true or false"); }
  bool number_integer(std::int64_t) { return other("a negative number"); }
  bool number_float(double, const std::string&) { return other("a number that is not whole or too large"); }
  bool binary(Json::binary_t&) { return other("binary"); }

  bool number_unsigned(std::uint64_t number) {
    if (at_ != At::list) return other("a number");
    list_->push_back(number);
    return true;
  }

  bool string(std::string& text) {
    if (at_ == At::metadata) {
      const bool is_new = metadata.emplace(key_, std::move(text)).second;
      if (!is_new) fail("is given twice");
      return true;
    }
    if (at_ != At::tensor || key_ != "dtype") return other("a string");
    entries.back().type = find_type(text);
    if (!entries.back().type) fail(in_quotes(text) + " is not a dtype of the format");
    return true;
  }

  bool key(std::string& name) {
    if (at_ == At::header) {
      in_metadata_ = name == metadata_key;
      if (in_metadata_ && std::exchange(has_metadata_, true)) fail("is given twice");
      if (!in_metadata_) entries.push_back({std::move(name), nullptr, {}, {}});
    } else if (at_ != At::ignored) {
      key_ = std::move(name);
      if (at_ == At::tensor && is_known(key_)) fail("is given twice");
    }
    return true;
  }

  bool start_object(std::size_t) {
    if (at_ == At::start) {
      at_ = At::header;
    } else if (at_ == At::header) {
      at_ = in_metadata_ ? At::metadata : At::tensor;
      key_.clear();
    } else {
      return ignore("an object");
    }
    return true;
  }

  bool end_object() {
    if (at_ == At::ignored) return leave_ignored();
    if (at_ == At::tensor) finish_tensor();
    at_ = At::header;
    key_.clear();
    return true;
  }

  bool start_array(std::size_t) {
    if (at_ != At::tensor || (key_ != "shape" && key_ != "data_offsets")) return ignore("a list");
    auto& list = key_ == "shape" ? entries.back().shape : entries.back().offsets;
    list_ = &list.emplace();
    at_ = At::list;
    return true;
  }

  bool end_array() {
    if (at_ == At::ignored) return leave_ignored();
    at_ = At::tensor;
    if (key_ == "data_offsets" && list_->size() != 2) fail(formatted("{} is not a pair", listed(*list_)));
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    throw Error(formatted("{}: the header is not JSON at byte {}", path_, length_bytes + position - 1));
  }

 private:
  enum class At { start, header, metadata, tensor, list, ignored };

  // A value of no use here: let pass within fields that the format does not know, an Error elsewhere.
  bool other(const std::string& found) {
    if (at_ == At::ignored || (at_ == At::tensor && !is_format_field())) return true;
    fail(found + ", expected " + expected());
  }

  // The same for the beginning of a list or an object.
  bool ignore(const std::string& found) {
    other(found);
    at_ = At::ignored;
    constexpr int depth_of_fields = 2;
    if (depth_of_fields + ++ignored_depth_ > max_depth) fail("is nested too deeply");
    return true;
  }

  bool leave_ignored() {
    if (--ignored_depth_ == 0) at_ = At::tensor;
    return true;
  }

  bool is_format_field() const { return key_ == "dtype" || key_ == "shape" || key_ == "data_offsets"; }

  bool is_known(const std::string& field) const {
    const HeaderEntry& tensor = entries.back();
    return (field == "dtype" && tensor.type) || (field == "shape" && tensor.shape) ||
           (field == "data_offsets" && tensor.offsets);
  }

  const char* expected() const {
    if (at_ == At::start) return "an object";
    if (at_ == At::header)
      return in_metadata_ ? "an object of strings" : "an object with dtype, shape and data_offsets";
    if (at_ == At::metadata || key_ == "dtype") return "a string";
    if (at_ == At::list) return "a whole number from 0 to 2^64 - 1";
    return key_ == "shape" ? "a list of whole numbers" : "a list of two whole numbers";
  }

  void finish_tensor() {
    const HeaderEntry& tensor = entries.back();
    key_.clear();
    if (!tensor.type) fail("has no dtype");
    if (!tensor.shape) fail("has no shape");
    if (!tensor.offsets) fail("has no data_offsets");
  }

  [[noreturn]] void fail(const std::string& what) const {
    std::string where = path_ + ": ";
    if (at_ == At::start) {
      where += "the header";
    } else if (in_metadata_) {
      where += metadata_key;
    } else {
      where += "tensor " + in_quotes(entries.back().name);
    }
    if (!key_.empty()) where += ": " + (in_metadata_ || !is_format_field() ? in_quotes(key_) : key_);
    throw Error(where + ": " + what);
  }

  const std::string& path_;
  At at_ = At::start;
  bool in_metadata_ = false;  // within __metadata__, rather than within a tensor
  bool has_metadata_ = false;
  std::string key_;          // the last key of the metadata or of the tensor
  Extents* list_ = nullptr;  // the list being read
  int ignored_depth_ = 0;
};

// The header's text, once its length and its encoding are known to be right.
std::string_view header_of(std::span<const std::byte> bytes, const std::string& path) {
  const auto fail = [&](const std::string& what) { throw Error(path + ": " + what); };
  if (bytes.size() < length_bytes)
    fail(formatted("{} bytes are too few for a safetensors file, which begins with the 8-byte length of its header",
                   bytes.size()));
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), length_bytes);
  if (length > max_header)
    fail(formatted("not a safetensors file: its first 8 bytes announce a header of {} bytes, and {} is the most",
                   length, max_header));
  if (length > bytes.size() - length_bytes)
    fail(formatted("the header of {} bytes ends at byte {}, but the file at byte {}", length, length_bytes + length,
                   bytes.size()));
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + length_bytes,
                                static_cast<std::size_t>(length));
  if (const std::size_t at = find_invalid_utf8(header); at < length)
    fail(formatted("the header is not UTF-8 at byte {}", length_bytes + at));
  // The parser would skip a byte order mark, and take a null byte for the end.
  if (const std::size_t at = header.starts_with("\xEF\xBB\xBF") ? 0 : header.find('\0'); at < length)
    fail(formatted("the header is not JSON at byte {}", length_bytes + at));
  return header;
}

void check_names(std::vector<std::string_view> names, const std::string& path) {
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    throw Error(formatted("{}: tensor {} is given twice", path, in_quotes(*twice)));
}

// Sorts the tensors by where they lie, and checks that they fill `data_size` bytes, which begin at byte `data_start`.
void check_layout(std::vector<HeaderEntry>& entries, std::uint64_t data_size, std::size_t data_start,
                  const std::string& path) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const HeaderEntry& a, const HeaderEntry& b) { return *a.offsets < *b.offsets; });
  std::uint64_t end_before = 0;
  for (const HeaderEntry& entry : entries) {
    const std::uint64_t begin = (*entry.offsets)[0];
    const std::uint64_t end = (*entry.offsets)[1];
    const std::string tensor = formatted("{}: tensor {}", path, in_quotes(entry.name));
    const auto fail = [&](const std::string& what) {
      throw Error(formatted("{}: data_offsets [{}, {}] {}", tensor, begin, end, what));
    };
    if (end < begin) fail("end before they begin");
    if (begin > end_before) fail(formatted("leave a hole: no tensor has the bytes from {}", end_before));
    if (begin < end_before) fail(formatted("overlap with the tensor before, which ends at {}", end_before));
    const std::uint64_t needed = byte_count(*entry.type, *entry.shape, tensor);
    if (end - begin != needed)
      fail(formatted("are {} bytes, but shape {} of {} takes {}", end - begin, listed(*entry.shape), entry.type->name,
                     needed));
    if (end > data_size) fail(formatted("run past the end of the data, which is {} bytes", data_size));
    end_before = end;
  }
  if (end_before != data_size)
    throw Error(formatted("{}: {} bytes at the end, from byte {}, belong to no tensor", path, data_size - end_before,
                          data_start + end_before));
}

std::string header_text(std::span<const StoredTensor* const> tensors, const Metadata& metadata) {
  const auto text = [](const std::string& s) { return Json(s).dump(); };
  std::vector<std::string> members;
  if (!metadata.empty()) members.push_back(formatted("\"{}\":{}", metadata_key, Json(metadata).dump()));
  std::size_t begin = 0;
  for (const StoredTensor* tensor : tensors) {
    const std::size_t end = begin + tensor->bytes.size();
    members.push_back(formatted(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", text(tensor->name),
                                tensor->dtype, joined(tensor->shape, ","), begin, end));
    begin = end;
  }
  std::string header = formatted("{{{}}}", joined(members, ","));
  header.resize((header.size() + 7) / 8 * 8, ' ');  // so that the tensors begin aligned
  return header;
}

void check_writable(const StoredTensor& tensor, const std::string& path) {
  const std::string where = formatted("{}: tensor {}", path, in_quotes(tensor.name));
  if (tensor.name == metadata_key) throw Error(where + ": this name is kept for the metadata");
  if (find_invalid_utf8(tensor.name) < tensor.name.size()) throw Error(where + ": the name is not UTF-8");
  const StoredType* type = find_type(tensor.dtype);
  if (!type) throw Error(formatted("{}: {} is not a dtype of the format", where, in_quotes(tensor.dtype)));
  const std::uint64_t needed = byte_count(*type, tensor.shape, where);
  if (needed != tensor.bytes.size())
    throw Error(formatted("{}: shape {} of {} takes {} bytes, but there are {}", where, listed(tensor.shape),
                          tensor.dtype, needed, tensor.bytes.size()));
}

}  // namespace

std::string detail::in_quotes(std::string_view text) {
  constexpr std::size_t limit = 80;
  const std::string shown(text.substr(0, limit));
  return Json(shown).dump(-1, ' ', true, Json::error_handler_t::replace) + (text.size() > limit ? "..." : "");
}

Safetensors parse_safetensors(std::span<const std::byte> bytes, const std::string& path) {
  const std::string_view header = header_of(bytes, path);
  HeaderListener listener(path);
  Json::sax_parse(header.begin(), header.end(), &listener);
  std::vector<std::string_view> names;
  for (const HeaderEntry& entry : listener.entries) names.push_back(entry.name);
  check_names(std::move(names), path);
  const std::size_t data_start = length_bytes + header.size();
  const auto data = bytes.subspan(data_start);
  check_layout(listener.entries, data.size(), data_start, path);

  Safetensors result{std::move(listener.metadata), {}};
  result.tensors.reserve(listener.entries.size());
  for (HeaderEntry& entry : listener.entries) {
    const auto begin = static_cast<std::size_t>((*entry.offsets)[0]);
    const auto end = static_cast<std::size_t>((*entry.offsets)[1]);
    result.tensors.push_back({std::move(entry.name), std::string(entry.type->name), *std::move(entry.shape),
                              data.subspan(begin, end - begin)});
  }
  return result;
}

SafetensorsFile read_safetensors(const std::string& path) {
  MappedFile file(path);
  Safetensors contents = parse_safetensors(file.bytes(), path);
  return {std::move(file), std::move(contents)};
}

void write_safetensors(const std::string& path, std::span<const StoredTensor> tensors, const Metadata& metadata) {
  std::vector<const StoredTensor*> order;
  std::vector<std::string_view> names;
  for (const StoredTensor& tensor : tensors) {
    check_writable(tensor, path);
    order.push_back(&tensor);
    names.push_back(tensor.name);
  }
  check_names(std::move(names), path);
  for (const auto& [key, value] : metadata)
    if (find_invalid_utf8(key) < key.size() || find_invalid_utf8(value) < value.size())
      throw Error(formatted("{}: {}: {} or its value is not UTF-8", path, metadata_key, in_quotes(key)));
  std::sort(order.begin(), order.end(), [](const StoredTensor* a, const StoredTensor* b) {
    const StoredType* wide = find_type(a->dtype);
    const StoredType* narrow = find_type(b->dtype);
    return wide != narrow ? wide > narrow : a->name < b->name;
  });
  const std::string header = header_text(order, metadata);
  FileWriter file(path);
  const std::uint64_t length = header.size();
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const StoredTensor* tensor : order) file.write(tensor->bytes);
  file.commit();
}

}  // namespace glance
