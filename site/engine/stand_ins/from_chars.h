// emscripten's library of C++20 lacks std::from_chars for floating numbers. Read before the programs, which take such options.
#pragma once

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string>

#if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION < 20000
namespace std {
inline from_chars_result from_chars(const char* first, const char* last, double& value) {
  const string text(first, last);
  // What strtod() takes and from_chars() does not: space and a plus before the number, and numbers to the base of 16.
  const bool is_hexadecimal = text.find_first_of("xX") != string::npos;
  if (text.empty() || is_hexadecimal || text.find_first_of(" \t\n\v\f\r+") == 0) return {first, errc::invalid_argument};
  char* end = nullptr;
  errno = 0;
  const double read = strtod(text.c_str(), &end);
  if (end == text.c_str()) return {first, errc::invalid_argument};
  const char* const place = first + (end - text.c_str());
  if (errno == ERANGE) return {place, errc::result_out_of_range};
  value = read;
  return {place, errc()};
}
}  // namespace std
#endif
