// Code points found in bytes, and text made safe for screens, JSON and pictures.
#include "examples/letters/whole_characters.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "examples/common/normalise.h"
#include "glance/tensor/error.h"

namespace glance::gpt {

namespace {

// How many bytes a code point has that begins with this one; 0 if none does.
std::size_t length_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  if (byte >= 0xf0 && byte < 0xf5) return 4;
  return 0;
}

bool is_utf8(std::string_view text) {
  try {
    for (std::size_t at = 0; at < text.size();) take_code_point(text, at);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// The bytes of the first code point of `text`, or 1 when there can be none; 0 when it takes more to know.
std::size_t first_of(std::string_view text) {
  const std::size_t length = length_of(text.front());
  if (length == 0) return 1;
  if (text.size() >= length) return is_utf8(text.substr(0, length)) ? length : 1;
  const bool goes_on =
      std::all_of(text.begin() + 1, text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; });
  return goes_on ? 0 : 1;
}

}  // namespace

std::string WholeCharacters::add(std::string_view bytes) {
  waiting_ += bytes;
  std::size_t whole = 0;
  while (whole < waiting_.size()) {
    const std::size_t length = first_of(std::string_view(waiting_).substr(whole));
    if (length == 0) break;
    whole += length;
  }
  std::string result = waiting_.substr(0, whole);
  waiting_.erase(0, whole);
  return result;
}

std::string WholeCharacters::rest() { return std::exchange(waiting_, {}); }

std::string on_screen(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find_first_of("\n\t"), text.size());
    result += one_line(text.substr(0, plain));
    if (plain < text.size()) result += text[plain];
    text.remove_prefix(std::min(text.size(), plain + 1));
  }
  return result;
}

std::string as_utf8(std::string_view bytes) {
  std::string result;
  while (!bytes.empty()) {
    const std::size_t length = std::max<std::size_t>(1, first_of(bytes));
    const std::string_view one = bytes.substr(0, length);
    result += is_utf8(one) ? one : "\ufffd";
    bytes.remove_prefix(length);
  }
  return result;
}

std::string in_picture(std::string_view letter) {
  if (letter == "\n") return "↵";
  if (letter == "\t") return "⇥";
  return one_line(letter);
}

}  // namespace glance::gpt
