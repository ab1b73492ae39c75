// The chart is put together as SVG text: the ground with its scales, then each line with its spread, then the key.
#include "examples/common/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "examples/common/text.h"
#include "glance/tensor/error.h"

namespace glance {

namespace {

// The sheet, and the frame in it, in pixels.
constexpr double width = 820, height = 440, left = 64, right = 600, top = 52, bottom = 384;
constexpr double label_height = 20;

struct Pen {
  const char* colour;  // told apart by people who see fewer colours, too (Okabe and Ito, 2008)
  const char* dashes;
};
constexpr Pen pens[LineChart::most_lines] = {{"#000000", "2 3"}, {"#0072b2", "12 3"},    {"#d55e00", "8 3 2 3"},
                                             {"#009e73", "5 3"}, {"#cc79a7", "3 2"},     {"#e69f00", "10 3 2 3 2 3"},
                                             {"#56b4e9", "4 6"}, {"#666666", "12 3 4 3"}};

// How a line is stroked, in the chart and in the key.
std::string stroke(const LineChart::Line& line, const Pen& pen) {
  if (line.emphasised) return fmt::format("stroke=\"{}\" stroke-width=\"4\"", pen.colour);
  return fmt::format("stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"", pen.colour, pen.dashes);
}

void check(const LineChart& chart) {
  if (chart.lines.empty() || chart.lines.size() > LineChart::most_lines)
    throw Error(
        fmt::format("svg: {} lines: from 1 to {} can be told apart", chart.lines.size(), LineChart::most_lines));
  for (const auto& line : chart.lines) {
    if (line.points.size() < 2)
      throw Error(fmt::format("svg: the line {} has {} points", line.name, line.points.size()));
    for (const auto& p : line.points)
      for (const double number : {p.x, p.low, p.mean, p.high})
        if (!std::isfinite(number))
          throw Error(fmt::format("svg: the line {} has a point that is no number", line.name));
  }
}

// From numbers to pixels.
struct Frame {
  double least = std::numeric_limits<double>::infinity(), most = -least;

  explicit Frame(const LineChart& chart) {
    for (const auto& line : chart.lines)
      for (const auto& p : line.points) least = std::min(least, p.x), most = std::max(most, p.x);
  }
  double x(double value) const { return left + (value - least) / std::max(most - least, 1e-9) * (right - left); }
  double y(double share) const { return bottom - share * (bottom - top); }
};

std::string text(double x, double y, const std::string& anchor, const std::string& words, const char* more = "") {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\"{}>{}</text>\n", x, y, anchor, more,
                     xml_escaped(words));
}

std::string ground(const LineChart& chart, const Frame& frame) {
  std::string result;
  if (chart.shaded_from && *chart.shaded_from < frame.most) {
    const double from = std::max(frame.x(*chart.shaded_from), left);
    result += fmt::format("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"#e4e4e4\"/>\n", from, top,
                          right - from, bottom - top);
    result += text((from + right) / 2, top - 6, "middle", chart.shaded_label, " font-size=\"12\"");
  }
  for (int i = 0; i <= 5; ++i) {
    const double y = frame.y(i / 5.0);
    result += fmt::format("<path d=\"M{} {:.1f}H{}\" stroke=\"#c4c4c4\"/>\n", left, y, right);
    result += text(left - 8, y + 4, "end", fmt::format("{:.1f}", i / 5.0));
  }
  const double across = frame.most - frame.least;
  const double step = across <= 12 ? 1 : across <= 60 ? 5 : 20;
  for (double x = std::ceil(frame.least / step) * step; x <= frame.most; x += step)
    result += text(frame.x(x), bottom + 20, "middle", fmt::format("{:g}", x));
  return result;
}

std::string drawn(const LineChart::Line& line, const Pen& pen, const Frame& frame) {
  std::string mean, band, way_back;
  bool spread = false;
  for (const auto& p : line.points) {
    const double x = frame.x(p.x);
    mean += fmt::format("{}{:.1f} {:.1f}", mean.empty() ? "M" : "L", x, frame.y(p.mean));
    band += fmt::format("{}{:.1f} {:.1f}", band.empty() ? "M" : "L", x, frame.y(p.high));
    way_back.insert(0, fmt::format("L{:.1f} {:.1f}", x, frame.y(p.low)));
    spread = spread || p.low < p.high;
  }
  std::string result;
  if (spread)
    result += fmt::format("<path d=\"{}{}Z\" fill=\"{}\" fill-opacity=\"0.15\"/>\n", band, way_back, pen.colour);
  return result + fmt::format("<path d=\"{}\" fill=\"none\" stroke-linejoin=\"round\" {}/>\n", mean, stroke(line, pen));
}

std::string key(const LineChart::Line& line, const Pen& pen, double y) {
  return fmt::format("<path d=\"M{} {:.1f}h40\" {}/>\n", right + 16, y, stroke(line, pen)) +
         text(right + 64, y + 4, "start", line.name);
}

}  // namespace

std::string svg(const LineChart& chart) {
  check(chart);
  const Frame frame(chart);
  std::string result = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\" "
      "font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n<title>{2}</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n",
      width, height, xml_escaped(chart.title));
  result += text(left, 24, "start", chart.title, " font-size=\"16\" font-weight=\"bold\"");
  result += ground(chart, frame);
  result += text((left + right) / 2, bottom + 44, "middle", chart.x_label);
  result += text(18, (top + bottom) / 2, "middle", chart.y_label,
                 fmt::format(" transform=\"rotate(-90 18 {:.1f})\"", (top + bottom) / 2).c_str());
  double y = top + label_height / 2;
  for (std::size_t i = 0; i < chart.lines.size(); ++i, y += label_height) {
    result += drawn(chart.lines[i], pens[i], frame);
    result += key(chart.lines[i], pens[i], y);
  }
  return result + "</svg>\n";
}

}  // namespace glance
