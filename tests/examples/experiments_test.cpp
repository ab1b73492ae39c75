// The program `experiments`: each with a few steps for its shape, and the two that take a moment for what they claim.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using Catch::Matchers::StartsWith;

namespace {

std::vector<std::string> names(const TemporaryFolder& folder) {
  std::istringstream list(run(folder, "experiments list").out);
  std::vector<std::string> result;
  for (std::string line; std::getline(list, line);) result.push_back(line.substr(0, line.find(' ')));
  return result;
}

// What is printed, but for the last line, which says how long it took.
std::string findings(const TemporaryFolder& folder, const std::string& arguments) {
  const auto outcome = run(folder, "experiments " + arguments);
  INFO(arguments << outcome.err);
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK_THAT(outcome.out, Contains("s of processor time"));
  return outcome.out.substr(0, outcome.out.rfind('\n', outcome.out.size() - 2));
}

// The number in this column (from 0) of the row that begins so.
double value(const std::string& text, const std::string& row, std::size_t column) {
  const auto begin = text.find("\n" + row);
  REQUIRE(begin != std::string::npos);
  std::istringstream rest(text.substr(begin + 1 + row.size()));
  double number = 0;
  for (std::size_t i = 0; i <= column; ++i) rest >> number;
  REQUIRE(rest);
  return number;
}

}  // namespace

TEST_CASE("each experiment runs, and gives the same for the same seed") {
  const TemporaryFolder folder;
  auto all = names(folder);
  CHECK(all.size() >= 9);
  if (!optimised) all = {"copy", "induction"};  // each of the others takes minutes there
  for (const std::string& name : all) {
    const std::string once = findings(folder, name + " --steps 2");
    CHECK_THAT(once, StartsWith(name + ": "));
    CHECK(findings(folder, name + " --steps 2") == once);
    // Two steps teach nothing: where only what is right is shown, all seeds show zeros.
    if (name != "length") CHECK(findings(folder, name + " --steps 2 --seed 2") != once);
  }
}

TEST_CASE("several seeds give the least and the greatest") {
  const TemporaryFolder folder;
  const double first = value(findings(folder, "copy --steps 3"), "copying", 1);
  const double second = value(findings(folder, "copy --steps 3 --seed 2"), "copying", 1);
  const std::string both = findings(folder, "copy --steps 3 --seeds 2");
  CHECK(first != second);
  const auto columns = both.rfind(" to ", both.rfind("least to greatest") - 1);  // the row's last column
  const std::string span = both.substr(columns - 5);
  CHECK(std::stod(span) == Approx(std::min(first, second)));
  CHECK(std::stod(span.substr(span.find(" to ") + 4)) == Approx(std::max(first, second)));
}

TEST_CASE("a small GPT copies") {
  if (!optimised) return;
  const TemporaryFolder folder;
  CHECK(value(findings(folder, "copy"), "copying", 0) >= 0.98);
}

TEST_CASE("induction takes two layers of attention") {
  if (!optimised) return;
  const TemporaryFolder folder;
  const std::string found = findings(folder, "induction");
  CHECK(value(found, "one layer", 0) <= 0.2);
  CHECK(value(found, "two layers", 0) >= 0.99);
  CHECK(value(found, "two layers", 1) >= 0.9);
}

TEST_CASE("experiments refuses what it does not know, and has help with examples") {
  const TemporaryFolder folder;
  for (const char* arguments : {"", "nonsense", "copy --seeds 0", "copy --steps x", "copy x"}) {
    INFO(arguments);
    const auto outcome = run(folder, std::string("experiments ") + arguments);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, StartsWith("experiments: ") && Contains("--help"));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
  CHECK_THAT(run(folder, "experiments --help").out, Contains("Examples:\n  experiments"));
}
