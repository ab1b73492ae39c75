#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <type_traits>

// Numbers as people type them: the one place where a program's argument becomes a number.
namespace glance {

// `text` as a decimal number, "10" and "010" alike, perhaps with a sign; of a real number also "0.5", ".5" and "1e-3".
// Nothing for anything else: no text, blanks, other signs before or after it, another base ("0x10"), a number that
// Number cannot hold, one that is not finite.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (text.starts_with('+')) text.remove_prefix(1);
  const char first = text.size() > negative ? text[negative] : '\0';  // std::from_chars would take "inf" and "nan"
  const bool begins = (first >= '0' && first <= '9') || (std::is_floating_point_v<Number> && first == '.');
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!begins || error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

}  // namespace glance
