// The program `bottleneck`, with trainings of a moment. What it finds with its defaults takes a minute, and is not
// repeated here; that it finds the same on a smaller task is.
#include <cstdio>
#include <string>

#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using Catch::Matchers::StartsWith;

namespace {

const std::string tiny = "bottleneck --symbols 4 --longest 5 --width 16 --widths 8 ";

}  // namespace

TEST_CASE("bottleneck trains, tells and draws") {
  const TemporaryFolder folder;
  const auto outcome = run(folder, tiny + "--steps 250 --seeds 2 --svg chart.svg");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  INFO(outcome.out);
  CHECK_THAT(outcome.out, StartsWith("Write a sequence backwards") && Contains("RNN 16") && Contains("LSTM 8") &&
                              Contains("LSTM 16 + attention") && Contains("worst seed"));
  CHECK_THAT(outcome.out, Contains("One vector carries everything") && Contains("at least") &&
                              Contains("Beyond length 5") && Contains("the worst seed's") && Contains("chart.svg"));
  CHECK(outcome.out.find('\033') == std::string::npos);
  CHECK(outcome.err.empty());
  CHECK_THAT(get_text(folder / "chart.svg"), StartsWith("<svg ") && Contains("LSTM 16 + attention"));
}

// The bounds are those that hold for the defaults, with each of five seeds: with attention 0.95 in every bucket of
// training, without it 0.95 on the shortest and no more than 0.2 on the longest. Half the lengths are learnt in a
// third of the steps; there are twice the symbols, or one vector would hold most of them.
TEST_CASE("bottleneck finds that one vector holds short sequences only, and that attention is right on all") {
  if (!optimised) return;
  const TemporaryFolder folder;
  const auto outcome = run(folder, "bottleneck --symbols 20 --longest 10 --steps 600 --widths 64");
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  const auto from = [&](const std::string& words) {
    const auto place = outcome.out.find("\n  " + words);
    REQUIRE(place != std::string::npos);
    return outcome.out.c_str() + place;
  };
  double shortest = 0, longest = 1, with_attention = 0;
  REQUIRE(std::sscanf(from("LSTM 64: "), " LSTM 64: %lf on lengths 1-2, %lf on 9-10", &shortest, &longest) == 2);
  REQUIRE(std::sscanf(from("LSTM 64 + attention: at least"), " LSTM 64 + attention: at least %lf", &with_attention) ==
          1);
  CHECK(shortest >= 0.95);
  CHECK(longest <= 0.2);
  CHECK(with_attention >= 0.95);
}

TEST_CASE("bottleneck concludes nothing from models that have learnt nothing") {
  const TemporaryFolder folder;
  const auto outcome = run(folder, tiny + "--steps 2");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("Not trained enough: RNN 16 has 0.") && Contains("Raise --steps"));
  CHECK_THAT(outcome.out, !Contains("at least") && !Contains("One vector carries"));
}

TEST_CASE("bottleneck gives the same figures on any number of threads") {
  const TemporaryFolder folder;
  const auto figures = [&](const std::string& threads) {
    const std::string out = run(folder, tiny + "--steps 30 --threads " + threads).out;
    return out.substr(0, out.rfind('\n', out.find("in all")));  // up to the line that says how long it took
  };
  CHECK(figures("1") == figures("3"));
}

TEST_CASE("bottleneck says before it trains that a chart cannot be written") {
  const TemporaryFolder folder;
  const auto outcome = run(folder, "bottleneck --svg missing/chart.svg");
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK_THAT(outcome.err, StartsWith("bottleneck: missing/chart.svg: "));
}

TEST_CASE("bottleneck refuses wrong options and has help with examples") {
  const TemporaryFolder folder;
  for (const char* options :
       {"--width 0", "--steps many", "--longest 1", "--widths 0", "--seeds 0", "--nonsense", "x"}) {
    INFO(options);
    const auto outcome = run(folder, std::string("bottleneck ") + options);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, StartsWith("bottleneck: ") && Contains("--help"));
  }
  CHECK_THAT(run(folder, "bottleneck --widths 1,2,3,4,5,6").err, Contains("--widths: at most 5"));
  CHECK_THAT(run(folder, "bottleneck --help").out, Contains("Examples:\n  bottleneck"));
}
