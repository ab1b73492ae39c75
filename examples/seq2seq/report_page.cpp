// Puts the parts of the page together at its marks, and takes the data out again.
#include "examples/seq2seq/report_page.h"

#include <string_view>

namespace glance::seq2seq {

extern const std::string_view page_html, page_css, page_js;  // made by CMake from report/

namespace {

// The element that holds the data, as page.html has it.
constexpr std::string_view data_begin = "<script type=\"application/json\" id=\"data\">";
constexpr std::string_view data_end = "</script>";

// In JSON these three stand in strings only, where an escape means the same.
std::string without_markup(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      text += "\\u003c";
    else if (c == '>')
      text += "\\u003e";
    else if (c == '&')
      text += "\\u0026";
    else
      text += c;
  }
  return text;
}

}  // namespace

std::string report_page(const std::string& json) {
  std::string page;
  std::string_view rest = page_html;
  // Each part goes in at its own mark, in the order of the page, so that no part is searched for marks.
  const auto put = [&](std::string_view mark, std::string_view part) {
    const std::size_t at = rest.find(mark);
    page += rest.substr(0, at);
    page += part;
    rest.remove_prefix(at + mark.size());
  };
  put("/* style */", page_css);
  put("{ \"data\": 0 }", without_markup(json));
  put("/* script */", page_js);
  page += rest;
  return page;
}

std::string data_of_page(const std::string& page) {
  const std::size_t begin = page.find(data_begin);
  if (begin == std::string::npos) return {};
  const std::size_t from = begin + data_begin.size(), to = page.find(data_end, from);
  return to == std::string::npos ? std::string() : page.substr(from, to - from);
}

}  // namespace glance::seq2seq
