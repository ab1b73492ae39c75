// The output that the pages quote is what the programs print today.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/docs/pages.h"
#include "tests/examples/run_program.h"

// What the pages say a program prints is what it prints. In a page,
//
//   <!-- output attention -->
//
// stands above lines that "attention" prints one after the other, with nothing between them; a line "…" leaves out any
// number of lines. Numbers that come out of a training are given room:
//
//   <!-- output lesson_pads (trained, within 0.25; pads hidden: within 0.05, exact, within 1e-5) -->
//
// lets each number differ by 0.25, and in the line that begins with "pads hidden" the first by 0.05, the second not at
// all, and all that follow by 1e-5. Room is "exact", "within 0.05", "within 5%" (of the number quoted), "at least 90"
// (whatever is quoted) or "any". What is in square brackets is a shape, and exact. What is "trained" is left out of
// builds without optimisation, where it would take too long.
//
// Other processors add up in another order, so that a trained number may differ in its last digits.

using namespace glance;
using pages::Lines;

namespace {

// How far a number may be from what the page says.
struct Room {
  double absolute = 0, share = 0, least = -HUGE_VAL;

  bool has(double printed, double quoted) const {
    return printed >= least && std::abs(printed - quoted) <= absolute + share * std::abs(quoted);
  }
};

using Rooms = std::vector<Room>;  // of a line's numbers; the last is of all that follow, too

struct Tolerance {
  Rooms usual = {};                   // none: lines are equal as they stand
  std::map<std::string, Rooms> line;  // by what a line begins with

  const Rooms& of(const std::string& quoted) const {
    for (const auto& [begin, rooms] : line)
      if (quoted.starts_with(begin)) return rooms;
    return usual;
  }
};

struct Expected {
  std::string command;
  Tolerance tolerance = {};
  bool slow = false;
};

Lines split(const std::string& text, const std::string& separator) {
  Lines parts;
  std::size_t begin = 0, end = 0;
  for (; (end = text.find(separator, begin)) != std::string::npos; begin = end + separator.size())
    parts.push_back(text.substr(begin, end - begin));
  parts.push_back(text.substr(begin));
  return parts;
}

Room parse_room(const std::string& text) {
  if (text == "exact") return {};
  if (text == "any") return {HUGE_VAL};
  if (text.starts_with("at least ")) return {HUGE_VAL, 0, std::stod(text.substr(9))};
  INFO(text);
  REQUIRE(text.starts_with("within "));
  const double number = std::stod(text.substr(7));
  return text.ends_with('%') ? Room{0, number / 100} : Room{number};
}

Rooms parse_rooms(const std::string& text) {
  Rooms rooms;
  for (const auto& part : split(text, ", ")) rooms.push_back(parse_room(part));
  return rooms;
}

Expected parse(const std::string& what) {
  const auto open = what.rfind(" (");
  if (open == std::string::npos) return {what};
  Expected expected{what.substr(0, open)};
  std::string note = what.substr(open + 2, what.size() - open - 3);
  if (note == "trained" || note.starts_with("trained, ")) {
    expected.slow = true;
    note.erase(0, std::strlen("trained, "));
  }
  if (note.empty()) return expected;
  const Lines parts = split(note, "; ");
  expected.tolerance.usual = parse_rooms(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto colon = parts[i].find(": ");
    REQUIRE(colon != std::string::npos);
    expected.tolerance.line[parts[i].substr(0, colon)] = parse_rooms(parts[i].substr(colon + 2));
  }
  return expected;
}

bool begins_number(const std::string& text, std::size_t i) {
  return std::isdigit(static_cast<unsigned char>(text[i])) != 0;
}

// Spaces in front of a number change with its digits.
std::size_t skip_spaces(const std::string& text, std::size_t i) {
  while (i < text.size() && text[i] == ' ') ++i;
  return i;
}

// The same text, its numbers no further apart than there is room.
bool agree(const std::string& printed, const std::string& quoted, const Rooms& rooms) {
  if (rooms.empty()) return printed == quoted;
  std::size_t i = 0, j = 0, numbers = 0;
  bool shape = false;  // in square brackets
  while (true) {
    i = skip_spaces(printed, i), j = skip_spaces(quoted, j);
    if (i == printed.size() || j == quoted.size()) return i == printed.size() && j == quoted.size();
    if (!shape && begins_number(printed, i) && begins_number(quoted, j)) {
      const Room& room = rooms[std::min(numbers++, rooms.size() - 1)];
      std::size_t read_i = 0, read_j = 0;
      if (!room.has(std::stod(printed.substr(i), &read_i), std::stod(quoted.substr(j), &read_j))) return false;
      i += read_i, j += read_j;
    } else {
      shape = quoted[j] == '[' || (shape && quoted[j] != ']');
      if (printed[i++] != quoted[j++]) return false;
    }
  }
}

Lines without_spaces_at_end(Lines lines) {
  for (auto& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

// Whether the quoted lines are in the printed ones, from somewhere on.
bool contains(const Lines& printed, const Lines& quoted, const Tolerance& tolerance) {
  const auto matches = [&](auto&& self, std::size_t i, std::size_t j) -> bool {
    if (j == quoted.size()) return true;
    if (quoted[j] == "…") {
      for (std::size_t k = i; k <= printed.size(); ++k)
        if (self(self, k, j + 1)) return true;
      return false;
    }
    return i < printed.size() && agree(printed[i], quoted[j], tolerance.of(quoted[j])) && self(self, i + 1, j + 1);
  };
  for (std::size_t i = 0; i <= printed.size(); ++i)
    if (matches(matches, i, 0)) return true;
  return false;
}

bool agree_within(const std::string& room, const std::string& printed, const std::string& quoted) {
  return contains({printed}, {quoted}, parse("program (" + room + ")").tolerance);
}

}  // namespace

TEST_CASE("what the pages say a program prints is what it prints") {
  const TemporaryFolder folder;
  std::map<std::string, Outcome> ran;  // each command once
  const auto outputs = pages::blocks("output");
  for (const auto& output : outputs) {
    INFO(output.place << ": " << output.what);
    INFO(pages::how_to_undo);
    const Expected expected = parse(output.what);
    if (expected.slow && !optimised) continue;
    if (!ran.contains(expected.command)) ran[expected.command] = run(folder, expected.command);
    const Outcome& outcome = ran.at(expected.command);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(contains(without_spaces_at_end(split(outcome.out, "\n")), output.lines, expected.tolerance));
    for (const auto& [begin, rooms] : expected.tolerance.line) {
      INFO("a line that begins with " << begin);
      const auto named = [&begin = begin](const std::string& line) { return line.starts_with(begin); };
      CHECK(std::any_of(output.lines.begin(), output.lines.end(), named));
    }
  }
  CHECK(!outputs.empty());
}

TEST_CASE("the translator in one file is as short as the README says, and needs the library alone") {
  const Lines lines = pages::read_lines(std::string(GLANCE_SOURCE_DIR) + "/examples/one_file/main.cpp");
  CHECK(lines.size() < 250);
  for (const auto& line : lines) CHECK_FALSE(line.starts_with("#include \"examples/"));
}

TEST_CASE("quoted output is compared line by line, and numbers as far as they have room") {
  const Lines printed{"start", "loss  0.50", "loss 10.25", "end"};
  CHECK(contains(printed, {"loss  0.50", "loss 10.25"}, {}));
  CHECK(contains(printed, {"start", "…", "end"}, {}));
  CHECK_FALSE(contains(printed, {"start", "end"}, {}));
  CHECK_FALSE(contains(printed, {"loss 0.50"}, {}));

  CHECK(agree_within("within 0.06", "loss  0.50", "loss 0.52"));
  CHECK_FALSE(agree_within("within 0.06", "loss 10.25", "loss 10.1"));
  CHECK_FALSE(agree_within("within 0.06", "loss 0.50", "lost 0.50"));
  CHECK(agree_within("within 5%", "1.0e-07 back", "1.04e-07 back"));
  CHECK_FALSE(agree_within("within 5%", "1.0e-07 back", "1.1e-07 back"));
  CHECK(agree_within("any, at least 90", "8.5 s, 90.0% right", "2.9 s, 96.5% right"));
  CHECK_FALSE(agree_within("any, at least 90", "2.9 s, 0.0% right", "2.9 s, 96.5% right"));
}

TEST_CASE("each number of a line, and each line, can have room of its own, and shapes have none") {
  CHECK(agree_within("trained, exact, within 0.5", "7 1.2 8.9", "7 1.0 9.0"));
  CHECK_FALSE(agree_within("exact, within 0.5", "7.1 1.2 8.9", "7 1.0 9.0"));
  CHECK_FALSE(agree_within("exact, within 0.5", "7 1.2 8.4", "7 1.0 9.0"));
  CHECK(agree_within("within 0.5; healthy: exact", "broken 0.3", "broken 0.0"));
  CHECK_FALSE(agree_within("within 0.5; healthy: exact", "healthy 0.3", "healthy 0.0"));
  CHECK(agree_within("within 1", "[1, 7, 5] 21", "[1, 7, 5]  20"));
  CHECK_FALSE(agree_within("within 1", "[1, 8, 5] 20", "[1, 7, 5]  20"));
}
