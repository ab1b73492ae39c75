// Pictures of attention fit the terminal, keep their columns straight, and say the same without colour.
#include "examples/common/heatmap.h"

#include <cmath>
#include <sstream>

#include "examples/common/text.h"
#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;

namespace {

using Words = std::vector<std::string>;

const Terminal plain{.columns = 80};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Each target word looks at the source word of the same number.
AttentionPicture diagonal(const Words& source, const Words& target) {
  AttentionPicture picture{source, target, {}};
  for (std::size_t i = 0; i < target.size(); ++i) {
    picture.weights.emplace_back(source.size(), 0.0);
    picture.weights.back()[i % source.size()] = 1;
  }
  return picture;
}

std::string without_colour(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\033')
      i = text.find('m', i);
    else
      result += text[i];
  }
  return result;
}

const AttentionPicture apple{
    {"the", "cat", "ate", "the", "apple"},
    {"le", "chat", "mangé", "<end>"},
    {{.62, .34, .02, .01, .01}, {0, 1, 0, 0, 0}, {.05, .05, .8, .05, .05}, {.2, .2, .2, .2, .2}}};

}  // namespace

TEST_CASE("the picture has a row for each target word and a column for each source word") {
  CHECK(heatmap(apple, plain) ==
        "       the   cat   ate   the  apple   entropy\n"
        "   le ▓▓▓▓▓ ▒▒▒▒▒   ·     ·     ·         .52  the 62%, cat 34%\n"
        " chat   ·   █████   ·     ·     ·         .00  cat 100%\n"
        "mangé ░░░░░ ░░░░░ █████ ░░░░░ ░░░░░       .48  ate 80%, the 5%, cat 5%\n"
        "<end> ░░░░░ ░░░░░ ░░░░░ ░░░░░ ░░░░░      1.00  the 20%, cat 20%, ate 20%\n"
        "\n"
        "      · 5% ░░ 25% ▒▒ 50% ▓▓ 75% ██\n");
}

TEST_CASE("shades change at the weights that the legend names") {
  const Words five = {"a", "b", "c", "d", "e", "f"};
  const auto first_row = [&](std::vector<double> weights) {
    return lines_of(heatmap({five, {"x"}, {std::move(weights)}}, plain))[1].substr(0, 100);
  };
  CHECK_THAT(first_row({.049, .05, .249, .25, .499, .5}), Contains("x  ·  ░░░ ░░░ ▒▒▒ ▒▒▒ ▓▓▓"));
  CHECK_THAT(first_row({.749, .75, 1, 1.5, -1, std::nan("")}), Contains("x ▓▓▓ ███ ███ ███  ·   ·"));
}

TEST_CASE("colour says nothing that the shades do not") {
  const Terminal coloured{.interactive = true, .colour = true, .columns = 80};
  const std::string picture = heatmap(apple, coloured);
  CHECK_THAT(picture, Contains("\033[38;5;"));
  CHECK(without_colour(picture) == heatmap(apple, plain));
}

TEST_CASE("wide letters, emoji and combining marks keep the columns straight") {
  const Words source = {"猫", "e\u0301te\u0301", "👩‍🚀", "ok", "한국어"};
  CHECK(heatmap(diagonal(source, {"ネコ", "a", "🍎", "n\u0303", "z"}), plain) ==
        "       猫    e\u0301te\u0301     👩‍🚀     ok   한국어   entropy\n"
        "ネコ ██████   ·      ·      ·      ·          .00  猫 100%\n"
        "   a   ·    ██████   ·      ·      ·          .00  e\u0301te\u0301 100%\n"
        "  🍎   ·      ·    ██████   ·      ·          .00  👩‍🚀 100%\n"
        "   n\u0303   ·      ·      ·    ██████   ·          .00  ok 100%\n"
        "   z   ·      ·      ·      ·    ██████       .00  한국어 100%\n"
        "\n"
        "     · 5% ░░ 25% ▒▒ 50% ▓▓ 75% ██\n");
}

TEST_CASE("names that do not fit side by side run down") {
  const Words source = {"the", "astronaut", "eats", "a", "猫", "e\u0301t"};
  CHECK(heatmap(diagonal(source, {"l'", "b"}), {.columns = 38}) ==
        "     a\n"
        "     s\n"
        "     t\n"
        "     r\n"
        "     o\n"
        "     n e\n"
        "   t a a\n"
        "   h u t     e\u0301\n"
        "   e t s a 猫t\n"
        "l' ██· · · · ·    the 100%\n"
        " b · ██· · · ·    astronaut 100%\n"
        "\n"
        "   · 5% ░░ 25% ▒▒ 50% ▓▓ 75% ██\n");
}

TEST_CASE("a flag and an emoji of several code points stay whole in a name that runs down") {
  const Words source = {"a🇫🇷", "👩‍🚀1️⃣", "n\u0303o"};
  CHECK(heatmap(diagonal(source, {"x"}), {.columns = 14}) ==
        "  a 👩‍🚀n\u0303\n"
        "  🇫🇷1️⃣o\n"
        "x ██· ·\n");
}

TEST_CASE("a picture that is too wide even so is cut, and long names are shortened") {
  const Words source = {"one", "two", "three", "four", "five", "a", "b", "c"};
  CHECK(heatmap(diagonal(source, {"astronaut", "y"}), {.columns = 18}) ==
        "          t\n"
        "          h f f\n"
        "      o t r o i\n"
        "      n w e u v\n"
        "      e o e r e a\n"
        "astr… ██· · · · ·\n"
        "    y · ██· · · ·\n"
        "\n"
        "      b c\n"
        "astr… · ·\n"
        "    y · ·\n");
}

TEST_CASE("the picture is never wider than the terminal") {
  const Words pieces = {
      "the",           "extraordinarily", "猫", "👩‍🚀", "e\u0301te\u0301", "a", "antidisestablishmentarianism",
      "中華人民共和国"};
  for (const std::size_t count : {0u, 1u, 3u, 8u, 30u}) {
    Words source, target;
    for (std::size_t i = 0; i < count; ++i) {
      source.push_back(pieces[i % pieces.size()]);
      target.push_back(pieces[(i * 3 + 1) % pieces.size()]);
    }
    for (std::size_t columns = 14; columns < 200; columns += 3) {
      const auto lines = lines_of(heatmap(diagonal(source, target), {.columns = columns}));
      for (const auto& line : lines) {
        INFO(line);
        CHECK(display_width(line) <= columns);
      }
      // Every mark is in one of the pictures, and the legend may be there.
      std::size_t marks = 0;
      for (const auto& line : lines)
        marks += line.find("█") != std::string::npos && line.find("· 5% ░░") == std::string::npos;
      CHECK(marks == count);
    }
  }
}

TEST_CASE("weights that do not fit the words are refused") {
  CHECK_THROWS_AS(heatmap({{"a"}, {"x", "y"}, {{1}}}, plain), Error);
  CHECK_THROWS_AS(heatmap({{"a", "b"}, {"x"}, {{1}}}, plain), Error);
}

TEST_CASE("entropy is 1 when weights are even and 0 when one has all") {
  const auto entropy = [](std::vector<double> weights) { return normalised_entropy(weights); };
  CHECK(entropy({0.25, 0.25, 0.25, 0.25}) == Approx(1));
  CHECK(entropy({0, 1, 0}) == 0);
  CHECK(entropy({0.5, 0.5, 0, 0}) == Approx(0.5));
  CHECK(entropy({0.75, 0.25}) == Approx(0.8112781245));  // of a coin that falls so
  CHECK(entropy({1}) == 0);
  CHECK(entropy({}) == 0);
  CHECK(entropy({0, 0}) == 0);
}

TEST_CASE("in a triangle each row has weights for itself and what is before it, and the rest is blank") {
  const AttentionPicture picture{{"a", "b", "c"}, {"a", "b", "c"}, {{1}, {0.5, 0.5}, {0, 1, 0}}, true};
  CHECK(heatmap(picture, plain) ==
        "   a   b   c    entropy\n"
        "a ███               .00  a 100%\n"
        "b ▓▓▓ ▓▓▓          1.00  a 50%, b 50%\n"
        "c  ·  ███  ·        .00  b 100%\n"
        "\n"
        "  · 5% ░░ 25% ▒▒ 50% ▓▓ 75% ██\n");
  CHECK_THROWS_AS(heatmap({{"a", "b"}, {"a", "b"}, {{1, 0}, {0, 1}}, true}, plain), Error);
}
