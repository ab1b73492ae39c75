// Normal forms and case by utf8proc, repeated until nothing changes; a shorter way for plain ASCII.
#include "examples/common/normalise.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <utf8proc.h>

#include "glance/tensor/error.h"
#include "glance/tensor/files/safetensors.h"

namespace glance {
namespace {

constexpr std::array<std::string_view, 3> unit_names = {"words", "spaces", "characters"};

const utf8proc_uint8_t* bytes(std::string_view text) { return reinterpret_cast<const utf8proc_uint8_t*>(text.data()); }
utf8proc_ssize_t length(std::string_view text) { return static_cast<utf8proc_ssize_t>(text.size()); }
utf8proc_int32_t number(char32_t c) { return static_cast<utf8proc_int32_t>(c); }
utf8proc_category_t category(char32_t c) { return utf8proc_category(number(c)); }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_control(char32_t c) { return category(c) == UTF8PROC_CATEGORY_CC; }

bool is_space(char32_t c) {
  switch (category(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
      return true;
    default:
      return c == 0x200b;  // the zero-width space parts words without showing
  }
}

// Format characters that nobody sees. Joiners change how letters look, and tags say which flag an emoji is.
bool is_invisible(char32_t c) {
  const bool shows = c == 0x200c || c == 0x200d || (c >= 0xe0020 && c <= 0xe007f);
  return !shows && category(c) == UTF8PROC_CATEGORY_CF && utf8proc_get_property(number(c))->ignorable;
}

// ’ ‘ and the letter that stands for one
bool is_apostrophe(char32_t c) { return c == 0x2019 || c == 0x2018 || c == 0x02bc; }

// In a normal form, without anything else changed.
std::u32string in_form(std::u32string_view text, int form) {
  const std::string encoded = encode(text);
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t written =
      utf8proc_map(bytes(encoded), length(encoded), &mapped, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(mapped, std::free);
  if (written < 0) throw Error(fmt::format("normalise: {}", utf8proc_errmsg(written)));
  return decode({reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(written)});
}

// Without what cannot be seen, and with one plain space where there was any.
std::u32string cleaned(std::u32string_view text, bool plain_apostrophes) {
  std::u32string clean;
  bool parted = false;
  for (const char32_t c : text) {
    if (is_space(c)) {
      parted = true;
    } else if (!is_invisible(c)) {
      if (parted && !clean.empty()) clean.push_back(U' ');
      parted = false;
      clean.push_back(plain_apostrophes && is_apostrophe(c) ? U'\'' : c);
    }
  }
  return clean;
}

// What all cases of a decomposed text have in common. Two letters with one capital are one: hence the capital first.
// The dot of the Turkish capital "İ" is the one that "i" has already.
std::u32string folded(std::u32string_view text) {
  constexpr char32_t dot_above = 0x307;
  std::u32string result;
  for (const char32_t c : text) {
    if (c == dot_above && result.ends_with(U'i')) continue;
    std::array<utf8proc_int32_t, 8> several;
    int last_class = 0;
    const utf8proc_ssize_t count = utf8proc_decompose_char(utf8proc_toupper(number(c)), several.data(), several.size(),
                                                           UTF8PROC_CASEFOLD, &last_class);
    for (utf8proc_ssize_t i = 0; i < count; ++i)
      result.push_back(static_cast<char32_t>(several[static_cast<std::size_t>(i)]));
  }
  return result;
}

// Decomposed first: what is to be taken out may stand between a letter and its mark, and a letter's case may be that of
// its parts.
std::u32string normalised_once(std::u32string_view text, const TextOptions& options) {
  const bool prose = options.unit == Unit::words;
  std::u32string result = in_form(text, UTF8PROC_DECOMPOSE | (prose ? UTF8PROC_COMPAT : 0));
  result = cleaned(result, prose);
  if (!options.keep_case) result = folded(result);
  return in_form(result, UTF8PROC_COMPOSE);
}

std::string normalised_ascii(std::string_view text, const TextOptions& options) {
  std::string clean;
  bool parted = false;
  for (const char c : text) {
    if (c <= ' ' || c == 0x7f) {
      parted = true;
      continue;
    }
    if (parted && !clean.empty()) clean.push_back(' ');
    parted = false;
    clean.push_back(!options.keep_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return clean;
}

}  // namespace

std::string_view name_of(Unit unit) { return unit_names.at(static_cast<std::size_t>(unit)); }

Unit unit_of(std::string_view name) {
  const auto found = std::find(unit_names.begin(), unit_names.end(), name);
  if (found == unit_names.end())
    throw Error(fmt::format("{}: text is split into words, at spaces, or into characters", detail::in_quotes(name)));
  return static_cast<Unit>(found - unit_names.begin());
}

std::string_view plural(Unit unit) { return unit == Unit::characters ? "characters" : "words"; }

std::string normalise(std::string_view text, const TextOptions& options) {
  if (is_ascii(text)) return normalised_ascii(text, options);
  // What one pass leaves may give the next something to do: a folded letter may have another form. Two are enough for
  // every letter there is, and the end is certain for any.
  constexpr int most_passes = 6;
  std::u32string result = decode(text);
  for (int pass = 0; pass < most_passes; ++pass) {
    std::u32string next = normalised_once(result, options);
    if (next == result) break;
    result = std::move(next);
  }
  return encode(result);
}

std::string composed(std::string_view text) {
  return is_ascii(text) ? std::string(text) : encode(in_form(decode(text), UTF8PROC_COMPOSE));
}

bool is_printable(std::string_view text) {
  const std::u32string decoded = decode(text);
  return std::none_of(decoded.begin(), decoded.end(), [](char32_t c) { return is_control(c) || is_invisible(c); });
}

std::string one_line(std::string_view text) {
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t taken = utf8proc_iterate(bytes(text) + at, length(text.substr(at)), &c);
    const auto code = static_cast<char32_t>(c);
    const std::string_view sign = text.substr(at, taken < 1 ? 1 : static_cast<std::size_t>(taken));
    if (taken >= 1 && !is_control(code) && !is_invisible(code))
      line += sign;
    else
      for (const char byte : sign) line += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    at += sign.size();
  }
  return line;
}

char32_t take_code_point(std::string_view text, std::size_t& at) {
  utf8proc_int32_t c = 0;
  const utf8proc_ssize_t taken = utf8proc_iterate(bytes(text) + at, length(text.substr(at)), &c);
  if (taken < 1)
    throw Error(fmt::format("invalid UTF-8: byte {} (0x{:02x}): save the text as UTF-8", at + 1, bytes(text)[at]));
  at += static_cast<std::size_t>(taken);
  return static_cast<char32_t>(c);
}

std::u32string decode(std::string_view text) {
  std::u32string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) decoded.push_back(take_code_point(text, at));
  return decoded;
}

std::string encode(std::u32string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char32_t c : text) {
    std::array<utf8proc_uint8_t, 4> units;
    const utf8proc_ssize_t used = utf8proc_encode_char(number(c), units.data());
    encoded.append(reinterpret_cast<const char*>(units.data()), static_cast<std::size_t>(used));
  }
  return encoded;
}

bool is_letter_or_digit(char32_t c) {
  const utf8proc_category_t kind = category(c);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_NO;  // letters, marks, numbers
}

bool is_base_letter(char32_t c) {
  const utf8proc_category_t kind = category(c);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

}  // namespace glance
