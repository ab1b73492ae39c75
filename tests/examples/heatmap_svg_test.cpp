// The saved picture shows every weight, whatever the words are.
#include "examples/common/heatmap_svg.h"

#include <cmath>

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("the saved picture has a shade for each pair, a number where there is weight, and each row's entropy") {
  const std::string svg = heatmap_svg({{"the", "cat"}, {"le", "<end>"}, {{0.5, 0.5}, {0.04, 0.96}}});
  CHECK_THAT(svg, StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\"") && EndsWith("</svg>\n"));
  CHECK(count(svg, "<rect ") == 1 + 4);
  CHECK_THAT(svg, Contains("<title>le weights the 50.0%</title>") &&
                      Contains("<title>&lt;end&gt; weights cat 96.0%</title>") && Contains(">the</text>"));
  CHECK(count(svg, ">.50</text>") == 2);
  CHECK(count(svg, ">.96</text>") == 1);
  CHECK(count(svg, ">.04</text>") == 0);
  CHECK(count(svg, ">1.00</text>") == 1);  // the entropy of two halves
  CHECK(count(svg, ">.24</text>") == 1);   // -(.04 ln .04 + .96 ln .96) / ln 2
}

TEST_CASE("the saved picture stands any words and weights") {
  const std::string svg =
      heatmap_svg({{"<b>&\"", "👩‍🚀", std::string(100, 'w')}, {"שלום"}, {{std::nan(""), -1, 7}}});
  CHECK_THAT(svg, Contains("&lt;b&gt;&amp;&quot;") && Contains("👩‍🚀") && Contains("www…") && Contains("שלום"));
  CHECK(count(svg, "<b>") == 0);
  CHECK(count(svg, "nan") == 0);
  CHECK_NOTHROW(heatmap_svg({{}, {}, {}}));
  CHECK_THROWS_AS(heatmap_svg({{"a", "b"}, {"x"}, {{1}}}), Error);
}
