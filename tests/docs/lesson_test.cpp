// The lesson: what it shows is held to the programs, but for a few outputs that are known, and no program is left out.
#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <utility>

#include "tests/catch.h"
#include "tests/docs/pages.h"
#include "tests/examples/run_program.h"

using namespace glance;
namespace fs = std::filesystem;

namespace {

const fs::path root = GLANCE_SOURCE_DIR;

}  // namespace

TEST_CASE("every block of the lesson says where it is from") {
  // "quote" and "output" are compared with the files and the programs by the tests beside this one. "drawing" is
  // neither, nor is "measured COMMAND": what a command printed that trains for too long to be run here.
  static const std::regex known("<!-- (quote|output|measured) .* -->|<!-- drawing -->");
  int blocks = 0;
  for (const auto& page : fs::directory_iterator(root / "docs/lesson")) {
    std::string before;
    bool inside = false;
    for (const auto& line : pages::read_lines(page.path())) {
      if (line.starts_with("```")) {
        INFO(page.path().filename() << ": " << before);
        // Commands to type need no comment.
        if (!inside && line != "```sh") CHECK(std::regex_match(before, known));
        inside = !inside;
        ++blocks;
      }
      before = line;
    }
    CHECK_FALSE(inside);
  }
  CHECK(blocks > 0);
}

TEST_CASE("what the lesson's page says is not compared is all that is not") {
  std::multiset<std::string> measured;
  for (const auto& block : pages::blocks("measured")) measured.insert(block.what);
  CHECK(measured == std::multiset<std::string>{R"(translate explain out/demo "the cat ate the apple")", "bottleneck",
                                               "bottleneck --width 32 --widths 128", "experiments addition --seeds 5",
                                               "experiments induction", "experiments warm-up --seeds 5",
                                               "gaps compare --seeds 5", R"(gaps fill out/gaps "le _ mange la pomme")",
                                               "lesson_looking --seeds 5", "lesson_other_weights",
                                               "lesson_other_weights --seeds 5", "lesson_predict"});
}

TEST_CASE("every program of the lesson is quoted in it") {
  std::set<std::string> quoted;
  for (const auto& quote : pages::blocks("quote")) quoted.insert(quote.what.substr(0, quote.what.find(": ")));
  for (const char* folder : {"examples/lesson", "examples/lesson/solutions"})
    for (const auto& entry : fs::directory_iterator(root / folder)) {
      INFO(entry.path());
      if (entry.is_regular_file()) CHECK(quoted.contains(fs::relative(entry.path(), root).string()));
    }
}

TEST_CASE("the commands that the pages show call programs that there are") {
  static const std::regex call("build/release/bin/([a-z_0-9]+)");
  int calls = 0;
  for (const auto& page : pages::all())
    for (const auto& line : pages::read_lines(page))
      for (std::sregex_iterator match(line.begin(), line.end(), call), end; match != end; ++match, ++calls) {
        INFO(page.filename() << ": " << line);
        const std::string name = (*match)[1];
        // Benchmarks are built only when asked for, and tests may be built after this one.
        const bool benchmark = name.ends_with("_bench") || fs::is_directory(root / "bench" / name);
        if (name.starts_with("my_"))  // a reader's copy
          CHECK(fs::exists(root / "examples/lesson" / (name.substr(3) + ".cpp")));
        else if (!name.ends_with("_test") && !benchmark)
          CHECK(fs::exists(fs::path(GLANCE_BIN_DIR) / name));
      }
  CHECK(calls > 0);
}

TEST_CASE("a lesson's program that is given no number says what it takes") {
  const TemporaryFolder folder;
  for (const char* command :
       {"lesson_looking two", "lesson_looking 2x", "lesson_looking -1", "lesson_looking --seeds",
        "lesson_looking --seeds 0", "lesson_looking --seeds x", "lesson_memory x", "lesson_neuron 0 1",
        "lesson_neuron 0 1 1 x", "lesson_bottleneck forwards", "lesson_bottleneck 1 backwards", "lesson_positions 1 x",
        "lesson_probe 1 x", "lesson_reading picture 21", "lesson_reading picture", "lesson_reading two",
        "lesson_half_trained x", "lesson_other_weights --seeds 0"}) {
    INFO(command);
    const Outcome outcome = run(folder, command);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("Usage: "));
  }
  const Outcome asked = run(folder, "lesson_looking --help");
  CHECK(asked.status == 0);
  CHECK(asked.out.find("lesson_looking [SEED | --seeds N]") != std::string::npos);
}

TEST_CASE("answers to chapter 13 are counted, and lines that are none are refused by their number") {
  const TemporaryFolder folder;
  const auto answered = [&](const std::string& lines) {
    put_text(folder / "answers.txt", lines);
    return run(folder, "lesson_reading answers answers.txt");
  };
  const Outcome right = answered("# mine\n1 agreement\n\n2 dropped\n17 future\n");
  INFO(right.out << right.err);
  CHECK(right.status == 0);
  CHECK(right.out.find("you said dropped\n 2  order: ") != std::string::npos);
  CHECK(right.out.find("\nagreement          3       1 ") != std::string::npos);
  CHECK(right.out.find("\norder              3       0 ") != std::string::npos);
  CHECK(right.out.find("\nall               20       2 ") != std::string::npos);

  for (const auto& [lines, message] : {std::pair{"1 order\n1 order\n", "answers.txt:2: 1 was answered before"},
                                       std::pair{"21 order\n", "answers.txt:1: a line is a number from 1 to 20"},
                                       std::pair{"order\n", "answers.txt:1: a line is a number from 1 to 20"},
                                       std::pair{"3\n", "answers.txt:1: no cause, or not one alone, of these: "},
                                       std::pair{"3 a\n", "answers.txt:1: no cause, or not one alone, of these: "}}) {
    const Outcome refused = answered(lines);
    CHECK(refused.status == 1);
    CHECK(refused.out.empty());
    CHECK(refused.err.find(message) != std::string::npos);
  }
  CHECK(run(folder, "lesson_reading answers none.txt").err.find("cannot read none.txt") != std::string::npos);

  // Asked one by one; what is no cause is asked again, and the end of the input ends it.
  const Outcome asked = run(folder, "printf 'a\\nagr\\n\\n' | lesson_reading");
  CHECK(asked.status == 0);
  CHECK(asked.out.find("\"a\" is none, or not one alone, of: agreement, ") != std::string::npos);
  CHECK(asked.out.find("Right.\n 1  agreement: ") != std::string::npos);
  CHECK(asked.out.find("\nall               20       1 ") != std::string::npos);
}

// One seed of the claim; `lesson_looking --seeds 5` shows the worst of five.
TEST_CASE("the weights are even at first and narrow in the end, as chapter 6 claims") {
  if (!optimised) return;
  const TemporaryFolder folder;
  const Outcome outcome = run(folder, "lesson_looking --seeds 1");
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  const auto worst = outcome.out.find("worst ");
  REQUIRE(worst != std::string::npos);
  double start = 0, middle = 0, end = 0;
  REQUIRE(std::sscanf(outcome.out.c_str() + worst, "worst %lf %lf %lf", &start, &middle, &end) == 3);
  CHECK(start >= 0.98);
  CHECK(start > middle);
  CHECK(middle > end);
  CHECK(end <= 0.35);
  CHECK(outcome.out.find("\nAs claimed: ") != std::string::npos);
}
