// Quoting for POSIX shells, and $'…' for what cannot be seen.
#include "examples/common/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "examples/common/normalise.h"
#include "glance/tensor/error.h"

namespace glance {

namespace {

bool is_plain(char c) {
  constexpr std::string_view signs = "_./+,:@%=-";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || signs.find(c) != signs.npos;
}

bool can_be_shown(const std::string& text) {
  try {
    return is_printable(text);
  } catch (const Error&) {
    return false;  // a path may be any bytes
  }
}

}  // namespace

std::string quoted_for_shell(const std::string& text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  const bool shown = can_be_shown(text);
  std::string quoted = shown ? "'" : "$'";
  for (const char c : text) {
    if (shown)
      quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    else if (c == '\'' || c == '\\')
      quoted += fmt::format("\\{}", c);
    else if (c < ' ' || c > '~')
      quoted += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string program_called(const std::string& called) {
  return called.find('/') == std::string::npos ? quoted_for_shell(called) : from_anywhere(called);
}

std::string from_anywhere(const std::string& path) {
  std::error_code error;
  return quoted_for_shell(std::filesystem::absolute(path, error).lexically_normal().string());
}

}  // namespace glance
