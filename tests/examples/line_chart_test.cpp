// A chart has its lines where the numbers say, and names cannot break the file.
#include "examples/common/line_chart.h"

#include <limits>

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;

namespace {

LineChart::Line line(const std::string& name) { return {name, {{1, 0, 0, 0}, {11, 1, 1, 1}}}; }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a chart has its lines where the numbers say, named in a key") {
  const std::string drawn = svg({.title = "t", .x_label = "across", .y_label = "up", .lines = {line("a"), line("b")}});
  CHECK_THAT(drawn, Catch::Matchers::StartsWith("<svg ") && Contains("<title>t</title>") && Contains(">across<"));
  CHECK(count(drawn, "d=\"M64.0 384.0L600.0 52.0\"") == 2);  // from corner to corner of the frame
  CHECK_THAT(drawn, Contains(">a</text>") && Contains(">b</text>"));
  CHECK(count(drawn, "stroke-dasharray=\"2 3\"") == 2);  // the first line's, in the chart and in the key
  CHECK(count(drawn, "fill-opacity") == 0);
}

TEST_CASE("a spread is a band, an emphasised line is whole, and the ground beyond is shaded") {
  LineChart chart{.title = "t", .x_label = "", .y_label = "", .shaded_from = 6, .shaded_label = "beyond"};
  chart.lines = {{"a", {{1, 0.2, 0.3, 0.4}, {11, 0, 0.5, 1}}, true}};
  const std::string drawn = svg(chart);
  CHECK(count(drawn, "fill-opacity") == 1);
  CHECK(count(drawn, "stroke-dasharray") == 0);
  CHECK_THAT(drawn, Contains("<rect x=\"332.0\"") && Contains(">beyond</text>"));
}

TEST_CASE("names do not break the document") {
  CHECK_THAT(svg({.title = "a<b & \"c\"", .x_label = "", .y_label = "", .lines = {line("<")}}),
             Contains("<title>a&lt;b &amp; &quot;c&quot;</title>") && Contains(">&lt;</text>"));
}

TEST_CASE("a chart that cannot be drawn is refused") {
  LineChart chart{.title = "t", .x_label = "", .y_label = ""};
  CHECK_THROWS_WITH(svg(chart), Contains("0 lines"));
  chart.lines.assign(9, line("a"));
  CHECK_THROWS_WITH(svg(chart), Contains("9 lines"));
  chart.lines = {{"a", {{1, 0, 0, 0}}}};
  CHECK_THROWS_WITH(svg(chart), Contains("the line a has 1 points"));
  chart.lines = {line("a")};
  chart.lines[0].points[1].mean = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(svg(chart), Contains("no number"));
}
