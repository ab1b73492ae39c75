#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/catch.h"

// The project's pages, line by line. A comment in a page says what the block of code under it must agree with.
namespace glance::pages {

using Lines = std::vector<std::string>;

inline Lines read_lines(const std::filesystem::path& path) {
  std::ifstream file(path);
  INFO(path);
  REQUIRE(file);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

inline std::vector<std::filesystem::path> all() {
  namespace fs = std::filesystem;
  const fs::path root = GLANCE_SOURCE_DIR;
  std::vector<fs::path> result;
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.path().extension() == ".md") result.push_back(entry.path());
  for (const auto& entry : fs::recursive_directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") result.push_back(entry.path());
  return result;
}

// A block of code under a comment "<!-- KIND WHAT -->".
struct Block {
  std::string place;  // page and line
  std::string what;
  Lines lines;
};

inline std::vector<Block> blocks(const std::string& kind) {
  const std::string begin = "<!-- " + kind + " ", end = " -->";
  std::vector<Block> result;
  for (const auto& page : all()) {
    const Lines text = read_lines(page);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!text[i].starts_with(begin)) continue;
      Block block{page.filename().string() + ":" + std::to_string(i + 1), {}, {}};
      INFO(block.place);
      REQUIRE(text[i].ends_with(end));
      block.what = text[i].substr(begin.size(), text[i].size() - begin.size() - end.size());
      REQUIRE(i + 1 < text.size());
      REQUIRE(text[i + 1].starts_with("```"));
      for (i += 2; i < text.size() && text[i] != "```"; ++i) block.lines.push_back(text[i]);
      result.push_back(block);
    }
  }
  return result;
}

// What to do about a page that no longer agrees, for a reader who tried something out.
inline constexpr const char* how_to_undo =
    "A page shows this. If you changed a program to try something out, keep your copy in the folder my/ (cp FILE my/, "
    "see docs/lesson.md) and take the change back: git checkout -- FILE";

}  // namespace glance::pages
