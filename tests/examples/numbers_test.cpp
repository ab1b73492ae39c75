// Numbers on the command lines of all programs.
#include "examples/common/numbers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;

TEST_CASE("a whole number is decimal digits, whatever zeros are in front") {
  CHECK(parse_number<int>("10") == 10);
  CHECK(parse_number<int>("010") == 10);
  CHECK(parse_number<int>("00000000000000000000000000000009") == 9);
  CHECK(parse_number<int>("+5") == 5);
  CHECK(parse_number<int>("-5") == -5);
  CHECK(parse_number<int>("-08") == -8);
  CHECK(parse_number<std::uint64_t>("18446744073709551615") == UINT64_MAX);
  CHECK(parse_number<std::int64_t>("-9223372036854775808") == INT64_MIN);
  for (const char* text : {"",    " ",  "-",     "+",     "+-5",   "--5", "0x10", "1e3", "1.0", " 5",  "5 ",
                           "5\n", "5a", "1_000", "1'000", "1,000", "٣",   "1 0",  "inf", "nan", "true"}) {
    INFO(text);
    CHECK_FALSE(parse_number<int>(text));
    CHECK_FALSE(parse_number<std::uint64_t>(text));
  }
  CHECK_FALSE(parse_number<std::uint64_t>("-1"));
  CHECK_FALSE(parse_number<std::uint64_t>("18446744073709551616"));
  CHECK_FALSE(parse_number<int>("2147483648"));
}

TEST_CASE("a real number may have a point and an exponent") {
  CHECK(parse_number<double>("0.5") == 0.5);
  CHECK(parse_number<double>(".5") == 0.5);
  CHECK(parse_number<double>("5.") == 5.0);
  CHECK(parse_number<double>("-1e-3") == -0.001);
  CHECK(parse_number<double>("+010") == 10.0);
  for (const char* text : {"", ".", "-", "e5", "0x1p3", "inf", "-inf", "nan", "NAN", "infinity", "1e400", "1e", "0,5",
                           " 1", "1 ", "1f", "+-1", "--1"}) {
    INFO(text);
    CHECK_FALSE(parse_number<double>(text));
  }
}

namespace {

struct NumericOption {
  std::string command;  // with the number at its end
  std::string least, below, most, above;
};

// Every option that is a whole number. What follows the number must make the program stop before it does any work.
std::vector<NumericOption> whole_options() {
  const std::string train = "translate train --pairs none ", translate = "translate translate none x ",
                    explain = "translate explain none x ", evaluate = "translate evaluate none --pairs x ";
  const std::string million = "1000000", above_million = "1000001", milliard = "1000000000", above = "1000000001";
  std::vector<NumericOption> options;
  for (const char* name :
       {"--epochs", "--batch", "--hidden", "--embedding", "--max-words", "--patience", "--max-output"})
    options.push_back({train + name, "1", "0", million, above_million});
  for (const char* name : {"--limit", "--min-count", "--validate-every"})
    options.push_back({train + name, "1", "0", milliard, above});
  options.push_back({train + "--warmup", "0", "-1", milliard, above});
  options.push_back({train + "--seed", "0", "-1", "18446744073709551615", "18446744073709551616"});
  options.push_back({train + "--layers", "1", "0", "64", "65"});
  options.push_back({train + "--shards", "1", "0", "1024", "1025"});
  options.push_back({train + "--threads", "1", "0", "1024", "1025"});
  for (const std::string& command : {translate, explain}) {
    options.push_back({command + "--beam", "1", "0", "1000", "1001"});
    options.push_back({command + "--max-output", "1", "0", million, above_million});
  }
  for (const char* name : {"--word", "--hide"}) options.push_back({explain + name, "1", "0", million, above_million});
  options.push_back({evaluate + "--threads", "1", "0", "1024", "1025"});
  for (const char* name : {"--max-words", "--max-output"})
    options.push_back({evaluate + name, "1", "0", million, above_million});
  options.push_back({evaluate + "--limit", "1", "0", milliard, above});
  const std::string bottleneck = "bottleneck --svg no/folder/x.svg ";
  options.push_back({bottleneck + "--width", "1", "0", "1024", "1025"});
  options.push_back({bottleneck + "--widths", "1", "0", "1024", "1025"});
  options.push_back({bottleneck + "--symbols", "2", "1", "1000", "1001"});
  options.push_back({bottleneck + "--longest", "2", "1", "200", "201"});
  options.push_back({bottleneck + "--steps", "1", "0", "100000", "100001"});
  options.push_back({bottleneck + "--seed", "0", "-1", milliard, above});
  options.push_back({bottleneck + "--seeds", "1", "0", "100", "101"});
  options.push_back({bottleneck + "--threads", "1", "0", "1024", "1025"});
  return options;
}

}  // namespace

TEST_CASE("every whole number of every program is decimal, and refused outside its range") {
  const TemporaryFolder folder;
  const auto status = [&](const NumericOption& option, const std::string& number) {
    const auto outcome = run(folder, option.command + " " + number);
    INFO(outcome.err);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    CHECK(outcome.err.size() < 250);
    return outcome.status;
  };
  for (const NumericOption& option : whole_options()) {
    INFO(option.command);
    for (const std::string& taken :
         {option.least, option.most, "0" + option.most, "+" + option.least, "000" + option.least})
      CHECK(status(option, taken) == 1);  // the number is, the file is not there
    for (const std::string& refused :
         {option.below, option.above, std::string("0x10"), std::string("1e3"), std::string("''"), std::string("' 5'"),
          std::string("5x"), std::string("99999999999999999999999")})
      CHECK(status(option, refused) == 2);
  }
}

TEST_CASE("every real number of every program is refused outside its range") {
  const TemporaryFolder folder;
  for (const auto& [option, least, below, most, above] :
       std::vector<std::array<std::string, 5>>{{"--dropout", "0", "-1e-9", "0.95", "0.951"},
                                               {"--held-out", "0", "-0.1", "0.9", "0.91"},
                                               {"--rate", "1e-9", "9e-10", "10", "10.1"},
                                               {"--clip", "1e-9", "0", "1e9", "1e10"},
                                               {"--label-smoothing", "0", "-1", "0.9", "1"}}) {
    INFO(option);
    const std::string command = "translate train --pairs none " + option + " ";
    for (const auto& taken : {least, most, "0" + most}) CHECK(run(folder, command + taken).status == 1);
    for (const std::string& refused : {below, above, std::string("nan"), std::string("inf"), std::string("0x1p-1"),
                                       std::string("''"), std::string("0,5"), std::string("0.5x")})
      CHECK(run(folder, command + refused).status == 2);
  }
}

TEST_CASE("the numbers of the small programs are decimal, too") {
  const TemporaryFolder folder;
  CHECK(run(folder, "lesson_neuron 010 08 .5 1").out == run(folder, "lesson_neuron 10 8 0.5 1").out);
  for (const char* wrong : {"lesson_neuron 0x10 1 1 1", "lesson_neuron nan 1 1 1", "lesson_neuron ' 1' 1 1 1",
                            "lesson_pads -1", "lesson_pads 1e3", "lesson_pads 0x1", "lesson_pads ''"})
    CHECK(run(folder, wrong).status == 2);
}
