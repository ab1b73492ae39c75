// Draws an attention picture as SVG text, cell by cell.
#include "examples/common/heatmap_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "examples/common/columns.h"
#include "examples/common/text.h"

namespace glance {

namespace {

// In pixels.
constexpr double cell_width = 46, cell_height = 28, gap = 10, letter_width = 8.4, edge = 16;
constexpr double slope = 0.7071;  // of the source words, which are written at 45 degrees
constexpr double entropy_width = 62;
constexpr std::size_t longest = 24;

// From white to a dark blue, the more weight the darker; it stays told apart in grey and by all eyes.
std::string colour_of(double weight) {
  const auto between = [&](double light, double dark) {
    return static_cast<int>(std::lround(light + (dark - light) * weight));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", between(246, 8), between(249, 64), between(253, 129));
}

std::string cell(const AttentionPicture& picture, std::size_t t, std::size_t s, double x, double y) {
  const double raw = picture.weights[t][s];
  const double weight = raw > 0 ? std::min(raw, 1.0) : 0;  // not a number is nothing to see
  std::string text = fmt::format(
      "<g><title>{} weights {} {:.1f}%</title><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" "
      "fill=\"{}\"/>",
      xml_escaped(picture.target[t]), xml_escaped(picture.source[s]), 100 * weight, x, y, cell_width - 2,
      cell_height - 2, colour_of(weight));
  if (weight >= 0.05)
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" font-size=\"12\" fill=\"{}\">{}</text>",
                        x + cell_width / 2 - 1, y + 18, weight > 0.5 ? "#ffffff" : "#1a1a1a", hundredths(weight));
  return text + "</g>\n";
}

}  // namespace

std::string heatmap_svg(const AttentionPicture& given, const std::string& sentence) {
  check_fits(given);
  const AttentionPicture picture{shown_units(given.source), shown_units(given.target), given.weights, given.triangle};
  const auto source = shortened(picture.source, longest), target = shortened(picture.target, longest);
  const double names = letter_width * static_cast<double>(widest(source));
  const double left = edge + letter_width * static_cast<double>(widest(target)) + gap;
  const double top = edge + slope * names + cell_height;
  const double across = cell_width * static_cast<double>(source.size());
  const double width = left + std::max(across + entropy_width, across + slope * names) + edge;
  const double height = top + cell_height * static_cast<double>(target.size()) + edge;
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "role=\"img\" font-family=\"sans-serif\" font-size=\"15\" fill=\"#1a1a1a\">\n"
      "<title>{2}: {3}</title>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
      width, height, picture.triangle ? "What each letter weighted" : "What each target word weighted",
      xml_escaped(sentence.empty() ? join_words(picture.source) : sentence));
  for (std::size_t s = 0; s < source.size(); ++s) {
    const double x = left + cell_width * (static_cast<double>(s) + 0.5), y = top - gap;
    text += fmt::format("<text x=\"{0:.1f}\" y=\"{1:.1f}\" transform=\"rotate(-45 {0:.1f} {1:.1f})\">{2}</text>\n", x,
                        y, xml_escaped(source[s]));
  }
  text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"12\" fill=\"#555555\">entropy</text>\n",
                      left + across + gap, top + cell_height * static_cast<double>(target.size()) + 12);
  for (std::size_t t = 0; t < target.size(); ++t) {
    const double y = top + cell_height * static_cast<double>(t);
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - gap, y + 19,
                        xml_escaped(target[t]));
    for (std::size_t s = 0; s < picture.weights[t].size(); ++s)
      text += cell(picture, t, s, left + cell_width * static_cast<double>(s), y);
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"12\" fill=\"#555555\">{}</text>\n",
                        left + across + gap, y + 18, hundredths(normalised_entropy(picture.weights[t])));
  }
  return text + "</svg>\n";
}

}  // namespace glance
