// Text padded, cut and set in tables by the columns it takes on a screen, not by its bytes.
#include "examples/common/columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "examples/common/text.h"
#include "glance/tensor/error.h"

namespace glance {

namespace {

std::size_t missing(const std::string& text, std::size_t width) { return width - std::min(width, display_width(text)); }

}  // namespace

std::string spaces(std::size_t count) { return std::string(count, ' '); }

std::string pad_left(const std::string& text, std::size_t width) { return spaces(missing(text, width)) + text; }

std::string pad_right(const std::string& text, std::size_t width) { return text + spaces(missing(text, width)); }

std::string pad_centre(const std::string& text, std::size_t width) {
  const std::size_t free = missing(text, width);
  return spaces(free / 2) + text + spaces(free - free / 2);
}

std::string trimmed(const std::string& line) { return line.substr(0, line.find_last_not_of(' ') + 1); }

std::string shortened(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string start;
  for (const auto& letter : letters(text)) {
    if (display_width(start + letter) + 1 > width) break;
    start += letter;
  }
  return start + "…";
}

std::vector<std::string> shortened(std::span<const std::string> texts, std::size_t width) {
  std::vector<std::string> result;
  for (const auto& text : texts) result.push_back(shortened(text, width));
  return result;
}

std::string shortened_list(std::span<const std::string> texts) {
  constexpr std::size_t most = 10, width = 30;
  std::string list;
  for (const auto& text : shortened(texts.first(std::min(texts.size(), most)), width))
    list += (list.empty() ? "" : " ") + text;
  return texts.size() > most ? fmt::format("{} and {} more", list, texts.size() - most) : list;
}

std::size_t widest(std::span<const std::string> texts) {
  std::size_t width = 0;
  for (const auto& text : texts) width = std::max(width, display_width(text));
  return width;
}

std::string table(std::span<const std::vector<std::string>> rows, const std::string& alignment) {
  std::vector<std::size_t> widths(alignment.size());
  for (const auto& row : rows) {
    if (row.size() > widths.size())
      throw Error(fmt::format("table: a row of {} cells for {} columns", row.size(), widths.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += (i > 0 ? "  " : "") + (alignment[i] == 'r' ? pad_left : pad_right)(row[i], widths[i]);
    text += trimmed(line) + "\n";
  }
  return text;
}

std::string hundredths(double share) {
  std::string text = fmt::format("{:.2f}", share);
  if (text == "-0.00") return ".00";
  if (const auto zero = text.find("0."); zero == 0 || (zero == 1 && text[0] == '-')) text.erase(zero, 1);
  return text;
}

}  // namespace glance
