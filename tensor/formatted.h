#pragma once

// How the library's own sources make text. fmt's implementation is compiled into one source, tensor/formatted.cpp, so
// that whoever links glance need not have fmt, and may have another version of it. Not a public header: it includes
// fmt's.
#include <fmt/core.h>

#include <iterator>
#include <string>

namespace glance {

namespace detail {
std::string fill_in(fmt::string_view text, fmt::format_args values);
}  // namespace detail

// The text with its {} filled in, as fmt::format: formatted("{} of {}", 2, 3).
template <class... Values>
std::string formatted(fmt::format_string<Values...> text, Values&&... values) {
  return detail::fill_in(text, fmt::make_format_args(values...));
}

// The items one after the other, with the separator between them.
std::string joined(const auto& items, const char* separator = ", ") {
  std::string text;
  for (const auto& item : items) text += formatted("{}{}", &item == &*std::begin(items) ? "" : separator, item);
  return text;
}

}  // namespace glance
