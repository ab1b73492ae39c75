#pragma once

#include <string>
#include <string_view>

// Text that comes in bytes, made fit to be seen.
namespace glance::gpt {

// Parts of UTF-8 text that come a byte or more at a time, handed on as whole code points, so that no screen is shown
// half of one.
class WholeCharacters {
 public:
  // What is whole now that these bytes have come. What can never become a code point is handed on byte by byte.
  std::string add(std::string_view bytes);

  // What was waiting for more, when there is no more.
  std::string rest();

 private:
  std::string waiting_;
};

// Letters as a screen may show them: line ends and tabs as they are, what would not be seen and what is no UTF-8 as
// \x1b.
std::string on_screen(std::string_view text);

// Any bytes as UTF-8, with U+FFFD for each byte that is not part of a code point: for JSON.
std::string as_utf8(std::string_view bytes);

// A letter in a picture or a table, where it must be seen: "↵" for a line end, "⇥" for a tab.
std::string in_picture(std::string_view letter);

}  // namespace glance::gpt
