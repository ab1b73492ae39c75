#include <cctype>
#include <cmath>
#include <cstdlib>
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
// number of lines. Numbers that come out of a training are given room: "<!-- output new_layer (within 0.05) -->" lets
// each differ by so much, "(within 5%)" by such a share, "(numbers vary)" by anything. What is "(trained, within 0.05)"
// is left out of builds without optimisation, where it would take too long.

using namespace glance;
using pages::Lines;

namespace {

// How far a number may be from what the page says.
struct Room {
  double absolute = 0, share = 0;

  bool none() const { return absolute == 0 && share == 0; }
  bool has(double printed, double quoted) const {
    return std::abs(printed - quoted) <= absolute + share * std::abs(quoted);
  }
};

struct Expected {
  std::string command;
  Room room = {};
  bool slow = false;
};

Expected parse(const std::string& what) {
  const auto open = what.rfind(" (");
  if (open == std::string::npos) return {what};
  Expected expected{what.substr(0, open)};
  std::string note = what.substr(open + 2, what.size() - open - 3);
  if (note == "numbers vary") return {expected.command, {HUGE_VAL}};
  if (note.starts_with("trained, ")) {
    expected.slow = true;
    note.erase(0, 9);
  }
  REQUIRE(note.starts_with("within "));
  const double number = std::stod(note.substr(7));
  expected.room = note.ends_with('%') ? Room{0, number / 100} : Room{number};
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
bool agree(const std::string& a, const std::string& b, const Room& room) {
  if (room.none()) return a == b;
  std::size_t i = 0, j = 0;
  while (true) {
    i = skip_spaces(a, i), j = skip_spaces(b, j);
    if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
    if (begins_number(a, i) && begins_number(b, j)) {
      std::size_t read_a = 0, read_b = 0;
      if (!room.has(std::stod(a.substr(i), &read_a), std::stod(b.substr(j), &read_b))) return false;
      i += read_a, j += read_b;
    } else if (a[i++] != b[j++]) {
      return false;
    }
  }
}

Lines split(const std::string& text) {
  Lines lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  for (auto& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

// Whether the quoted lines are in the printed ones, from somewhere on.
bool contains(const Lines& printed, const Lines& quoted, const Room& room) {
  const auto matches = [&](auto&& self, std::size_t i, std::size_t j) -> bool {
    if (j == quoted.size()) return true;
    if (quoted[j] == "…") {
      for (std::size_t k = i; k <= printed.size(); ++k)
        if (self(self, k, j + 1)) return true;
      return false;
    }
    return i < printed.size() && agree(printed[i], quoted[j], room) && self(self, i + 1, j + 1);
  };
  for (std::size_t i = 0; i <= printed.size(); ++i)
    if (matches(matches, i, 0)) return true;
  return false;
}

}  // namespace

TEST_CASE("what the pages say a program prints is what it prints") {
  const TemporaryFolder folder;
  std::map<std::string, Outcome> ran;  // each command once
  const auto outputs = pages::blocks("output");
  for (const auto& output : outputs) {
    INFO(output.place << ": " << output.what);
    const Expected expected = parse(output.what);
    if (expected.slow && !optimised) continue;
    if (!ran.contains(expected.command)) ran[expected.command] = run(folder, expected.command);
    const Outcome& outcome = ran.at(expected.command);
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK(contains(split(outcome.out), output.lines, expected.room));
  }
  CHECK(!outputs.empty());
}

TEST_CASE("quoted output is compared line by line, and numbers as far as they have room") {
  const Lines printed{"start", "loss  0.50", "loss 10.25", "end"};
  CHECK(contains(printed, {"loss  0.50", "loss 10.25"}, {}));
  CHECK(contains(printed, {"start", "…", "end"}, {}));
  CHECK_FALSE(contains(printed, {"start", "end"}, {}));
  CHECK_FALSE(contains(printed, {"loss 0.50"}, {}));
  CHECK(contains(printed, {"loss 0.52", "loss 10.2"}, {0.06}));
  CHECK_FALSE(contains(printed, {"loss 0.52", "loss 10.1"}, {0.06}));
  CHECK_FALSE(contains(printed, {"lost 0.50"}, {0.06}));
  CHECK(contains({"1.0e-07 back"}, {"1.04e-07 back"}, {0, 0.05}));
  CHECK_FALSE(contains({"1.0e-07 back"}, {"1.1e-07 back"}, {0, 0.05}));
}
