// Whether a file may be replaced is decided by how it begins.
#include "examples/common/output_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "glance/tensor/error.h"
#include "glance/tensor/files/file.h"

namespace glance {

void check_replaceable(std::string_view option, const std::string& path, std::string_view beginning) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return;  // nothing is lost, or writing will say what is wrong
  std::ifstream file(path, std::ios::binary);
  std::string found(beginning.size(), '\0');
  file.read(found.data(), static_cast<std::streamsize>(found.size()));
  const auto length = static_cast<std::size_t>(file.gcount());
  if (length == 0 && file.eof()) return;
  if (length < found.size() || found != beginning)
    throw Error(fmt::format("{} {}: would be written over a file of another kind: name another one", option, path));
}

void replace_file(std::string_view option, const std::string& path, std::string_view beginning,
                  std::string_view contents) {
  check_replaceable(option, path, beginning);
  write_file(path, contents);
}

}  // namespace glance
