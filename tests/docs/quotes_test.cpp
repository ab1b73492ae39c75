// The code that the pages quote, the files they link to and the tests they name are there.
#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/docs/pages.h"

// What the pages quote is what is compiled. In a page,
//
//   <!-- quote examples/attention/main.cpp: step -->
//
// stands above a block of code, which must be the lines of that file between `// [step]` and `// [step end]` (`#` in
// Python), less their common indentation. Without a name it is the whole file.

using namespace glance;

namespace {

namespace fs = std::filesystem;

using pages::Lines;
using pages::read_lines;

std::string trimmed(const std::string& line) {
  const auto begin = line.find_first_not_of(" /#");
  return begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of(' ') - begin + 1);
}

void outdent(Lines& lines) {
  std::size_t common = std::string::npos;
  for (const auto& line : lines)
    if (!line.empty()) common = std::min(common, line.find_first_not_of(' '));
  for (auto& line : lines)
    if (!line.empty()) line.erase(0, common);
}

// Markers of regions inside a region are not part of the text.
bool is_marker(const std::string& line) {
  const std::string text = trimmed(line);
  return text.starts_with('[') && text.ends_with(']') && text.size() < line.size() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789- []") == std::string::npos;
}

Lines region(const Lines& file, const std::string& name) {
  Lines result;
  bool inside = name.empty(), found = inside;
  for (const auto& line : file) {
    if (trimmed(line) == "[" + name + " end]") inside = false;
    if (inside && !is_marker(line)) result.push_back(line);
    if (trimmed(line) == "[" + name + "]") found = inside = true;
  }
  INFO("region " << name);
  REQUIRE(found);
  outdent(result);
  return result;
}

// The pictures of a line: src="path" and srcset="path".
void check_pictures(const fs::path& page, const std::string& line) {
  const std::regex picture("src(set)?=\"([^\"]+)\"");
  for (std::sregex_iterator at(line.begin(), line.end(), picture), end; at != end; ++at) {
    const fs::path file = page.parent_path() / (*at)[2].str();
    INFO(page.filename() << " shows " << file);
    REQUIRE(fs::exists(file));
    CHECK(fs::file_size(file) < 250'000);
    CHECK(fs::exists(fs::path(file).replace_filename(
        std::regex_replace(file.stem().string(), std::regex("-dark$"), "") + "-dark" + file.extension().string())));
  }
}

// "[text](path)" and "[text](path#place)", but not addresses elsewhere.
void check_links(const fs::path& page) {
  bool code = false;
  for (const auto& line : read_lines(page)) {
    if (line.starts_with("```")) code = !code;
    if (code) continue;  // "layers[1](x)" is no link
    check_pictures(page, line);
    for (auto at = line.find("]("); at != std::string::npos; at = line.find("](", at + 1)) {
      const std::string target = line.substr(at + 2, line.find_first_of(")#", at + 2) - at - 2);
      if (target.empty() || target.find("://") != std::string::npos || target.find_first_of(" &{") != std::string::npos)
        continue;
      INFO(page.filename() << " links to " << target);
      CHECK(fs::exists(page.parent_path() / target));
    }
  }
}

// Each answer that is folded away is closed again, and has a line to open it by.
void check_details(const fs::path& page) {
  std::size_t open = 0;
  for (const auto& line : read_lines(page)) {
    INFO(page.filename() << ": " << line);
    if (line.starts_with("<details>")) {
      CHECK(line.starts_with("<details><summary>"));
      CHECK(line.ends_with("</summary>"));
      CHECK(++open == 1);
    }
    if (line == "</details>") CHECK(open-- == 1);
  }
  INFO(page.filename());
  CHECK(open == 0);
}

}  // namespace

TEST_CASE("what the pages quote is what the files say") {
  const auto quotes = pages::blocks("quote");
  for (const auto& quote : quotes) {
    INFO(quote.place);
    const auto colon = quote.what.find(": ");
    INFO("FILE is " << quote.what.substr(0, colon) << ". " << pages::how_to_undo);
    const Lines source = read_lines(fs::path(GLANCE_SOURCE_DIR) / quote.what.substr(0, colon));
    CHECK(quote.lines == region(source, colon == std::string::npos ? "" : quote.what.substr(colon + 2)));
  }
  CHECK(!quotes.empty());
}

TEST_CASE("the pages link to files that are there, and show pictures that are there for light and dark") {
  for (const auto& page : pages::all()) check_links(page);
}

TEST_CASE("what the pages fold away can be opened, and ends") {
  for (const auto& page : pages::all()) check_details(page);
}

TEST_CASE("a region is what stands between its marks") {
  const Lines file{"one", "  // [a]", "    two", "    // [b]", "      three", "    // [b end]", "  // [a end]", "four"};
  CHECK(region(file, "a") == Lines{"two", "  three"});
  CHECK(region(file, "b") == Lines{"three"});
  CHECK(region({"x", "", "y"}, "") == Lines{"x", "", "y"});
}

TEST_CASE("a test case that a page or script/test asks for exists") {
  const std::regex command(R"re(bin/([a-z]+)_test "(\*?)([^"*]+)(\*?)")re");
  const fs::path root = GLANCE_SOURCE_DIR;
  auto files = pages::all();
  files.push_back(root / "script/test");
  std::size_t commands = 0;
  for (const auto& file : files) {
    for (const auto& line : read_lines(file)) {
      std::smatch asked;
      if (!std::regex_search(line, asked, command)) continue;
      INFO(file.filename() << ": " << line);
      const std::regex test_case("TEST_CASE\\(\"" + std::string(asked[2].length() > 0 ? ".*" : "") + asked[3].str() +
                                 (asked[4].length() > 0 ? "" : "\""));
      bool found = false;
      for (const auto& entry : fs::recursive_directory_iterator(root / "tests" / asked[1].str())) {
        if (entry.path().extension() != ".cpp") continue;
        for (const auto& text : read_lines(entry.path())) found = found || std::regex_search(text, test_case);
      }
      CHECK(found);
      ++commands;
    }
  }
  CHECK(commands > 0);
}
