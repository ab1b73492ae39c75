#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

// A chart of lines, as an SVG file.
namespace glance {

// Shares from 0 to 1 against something counted, as lines.
struct LineChart {
  static constexpr std::size_t most_lines = 8;  // that can be told apart

  struct Point {
    double x, low, mean, high;  // low and high: the spread, drawn as a band where they differ
  };
  struct Line {
    std::string name;
    std::vector<Point> points;
    bool emphasised = false;  // drawn thicker and whole
  };

  std::string title, x_label, y_label;
  std::optional<double> shaded_from = {};  // from this x on, the ground is grey
  std::string shaded_label = {};
  std::vector<Line> lines = {};
};

// The chart as an SVG document. Lines differ in their dashes as well as in colour, and a key names them.
// Error unless there are from 1 to most_lines lines of at least 2 points each, with finite numbers.
std::string svg(const LineChart& chart);

}  // namespace glance
