// What `translate` says of words, mistakes and trainings that went wrong, used as people use it.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <vector>

#include "examples/seq2seq/grammar.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

const std::string small = " --hidden 16 --embedding 16 --batch 16 --threads 2 --dropout 0 --label-smoothing 0 ";

// Names and numbers of their own: no target word comes twice.
void write_dates(const TemporaryFolder& folder) {
  std::string text;
  const char* months[] = {"january", "february", "march", "april", "may", "june"};
  for (int day = 1; day <= 20; ++day)
    for (int month = 0; month < 6; ++month)
      text += std::to_string(day) + " " + months[month] + "\t" + std::to_string(month + 1) + "-" + std::to_string(day) +
              "\n";
  put_text(folder / "dates.tsv", text);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

std::vector<std::string> names_of(const json& findings) {
  std::vector<std::string> names;
  for (const json& finding : findings.at("findings")) names.push_back(finding.at("name"));
  return names;
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TEST_CASE("the words of the built-in language are all listed, with their French") {
  const TemporaryFolder folder;
  const auto listed = run(folder, "translate words");
  CHECK(listed.status == 0);
  CHECK(listed.err.empty());
  CHECK_THAT(listed.out, Contains("fox (le renard)") && Contains("eat eats ate (manger)") && Contains("my (mon/ma)"));
  std::set<std::string> words;
  std::string text = listed.out;
  for (char& c : text)
    if (c == ',' || c == '(' || c == ')' || c == '"' || c == '/') c = ' ';
  std::istringstream stream(text);
  for (std::string word; stream >> word;) words.insert(word);
  for (const auto& sentence : seq2seq::sentences(3000, 1))
    for (const std::string& word : sentence.source) {
      INFO(word);
      CHECK(words.contains(word));
    }
  std::istringstream lines(listed.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() < 130);  // bytes; 100 columns
}

TEST_CASE("a model's words are listed, and an unknown one is given the nearest of them") {
  const TemporaryFolder folder;
  write_dates(folder);
  REQUIRE(run(folder, "translate train --pairs dates.tsv --epochs 1 --out m" + small).status == 0);
  const auto source = run(folder, "translate words m"), target = run(folder, "translate words m/best --target");
  CHECK_THAT(source.out, Contains("february\n") && !Contains("<unk>"));
  CHECK(count(source.out, "\n") == 26);
  CHECK_THAT(target.out, Contains("3-1") || Contains("3\n"));
  CHECK(source.out != target.out);
  const auto asked = run(folder, "translate translate m '3 febuary zeppelin'");
  CHECK_THAT(asked.err, StartsWith("translate: not in the model's vocabulary: febuary (february?) zeppelin\n"));
  CHECK(run(folder, "translate words --target").status == 2);
  CHECK(run(folder, "translate words nowhere").status == 1);
}

TEST_CASE("evaluate lists the sentences that went wrong, and none that did not") {
  const TemporaryFolder folder;
  write_dates(folder);
  REQUIRE(
      run(folder, "translate train --pairs dates.tsv --split spaces --epochs 3 --held-out 0 --out m" + small).status ==
      0);
  const auto shown = run(folder, "translate evaluate m --pairs dates.tsv --mistakes");
  const json score = json::parse(run(folder, "translate evaluate m --pairs dates.tsv --mistakes --json").out);
  const std::size_t wrong = score.at("mistakes").size();
  CHECK(wrong == 120 - static_cast<std::size_t>(std::lround(120 * score.at("exact").get<double>())));
  REQUIRE(wrong > 0);
  CHECK_THAT(shown.out, Contains(std::to_string(wrong) + " went wrong:\n"));
  CHECK(count(shown.out, "\n  written  ") == wrong);
  CHECK(count(shown.out, "\n  right    ") == wrong);
  for (const json& mistake : score.at("mistakes")) CHECK(mistake.at("written") != mistake.at("right"));
  CHECK_FALSE(json::parse(run(folder, "translate evaluate m --pairs dates.tsv --json").out).contains("mistakes"));
}

TEST_CASE("pairs whose target words occur once are named before the training, and what came of it once after") {
  const TemporaryFolder folder;
  write_dates(folder);
  const auto trained = run(folder, "translate train --pairs dates.tsv --split spaces --epochs 6 --out m" + small);
  REQUIRE(trained.status == 0);
  CHECK_THAT(trained.out, Contains("120 of 120 target words stand there once, and a word that training has not seen "
                                   "cannot be written: try --split characters\n"));
  CHECK(count(trained.out, "most target words are unknown: 100% of the held-out ones were never seen") == 1);
  CHECK(count(trained.out, "ignores the source") == 0);
  CHECK_THAT(trained.out,
             Contains("in the end: ") && Contains("; more is said by: translate diagnose /") && Contains("/m\n"));
  std::istringstream lines(trained.out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("         ")) CHECK(line.size() <= 120);

  const auto told = run(folder, "translate diagnose m");
  CHECK(told.status == 0);
  CHECK(told.err.empty());
  CHECK_THAT(told.out, Contains("m: 6 scorings in 6 epochs") && Contains("held-out pairs with its last model") &&
                           Contains("1. unknown targets\n   100% of the held-out target words") &&
                           Contains("try --split characters"));
  const json found = json::parse(run(folder, "translate diagnose m/best --json").out);
  CHECK(found.at("scorings") == 6);
  CHECK(has(names_of(found), "unknown targets"));
  CHECK_FALSE(has(names_of(found), "source ignored"));

  // The same of sources.
  const auto turned =
      run(folder, "translate train --pairs dates.tsv --reverse --split spaces --epochs 2 --out r" + small);
  CHECK_THAT(turned.out,
             Contains("120 of 120 source words stand there once, and a word that training has not seen says "
                      "nothing: try --split characters\n"));
  CHECK(count(turned.out, "most source words are unknown: 100% of the held-out ones were never seen") == 1);

  // By characters the same pairs are learnt from, and their words are no longer unknown.
  const auto letters = run(folder, "translate train --pairs dates.tsv --split characters --epochs 2 --out c" + small);
  CHECK_THAT(letters.out, !Contains("stand there once"));
  CHECK_FALSE(has(names_of(json::parse(run(folder, "translate diagnose c --json").out)), "unknown targets"));
}

TEST_CASE("diagnose judges by the log alone when the pairs are gone, and says where they are sought") {
  const TemporaryFolder folder;
  write_dates(folder);
  REQUIRE(run(folder, "translate train --pairs dates.tsv --epochs 2 --rate 1e-7 --out m" + small).status == 0);
  REQUIRE(run(folder, "mv dates.tsv moved.tsv").status == 0);
  const auto alone = run(folder, "translate diagnose m");
  CHECK(alone.status == 0);
  CHECK_THAT(alone.out, Contains("judged by its log alone: ") && Contains("dates.tsv") &&
                            Contains("loss does not fall") && Contains("the rate is low: try --rate 3e-07"));
  CHECK_THAT(run(folder, "translate diagnose m --pairs moved.tsv").out, Contains("held-out pairs with its last model"));
  for (const std::string nothing : {"nothing", "nothing/", "moved.tsv", "."})
    CHECK_THAT(run(folder, "translate diagnose " + nothing).err,
               StartsWith("translate: " + nothing + ": no training is there"));
}

TEST_CASE("a training that ends in no number says so in its log, and diagnose does") {
  const TemporaryFolder folder;
  write_dates(folder);
  const auto failed = run(folder,
                          "translate train --pairs dates.tsv --epochs 400 --rate 10 --clip 1e9 --warmup 1 --cell rnn "
                          "--layers 3 --attention general --out m" +
                              small);
  if (failed.status == 0) return;  // it did not come to that on this processor
  CHECK_THAT(failed.err, Contains("lower the learning rate"));
  const json found = json::parse(run(folder, "translate diagnose m --json").out);
  CHECK(has(names_of(found), "loss not finite"));
}

TEST_CASE("a command or option that is not there is given the nearest that is") {
  const TemporaryFolder folder;
  const auto said = [&](const std::string& command) { return run(folder, command).err; };
  CHECK(said("translate trian --out m") ==
        "translate: not expected: trian --out m; did you mean train? (translate --help says more)\n");
  CHECK(said("translate train --epoch 3") ==
        "translate: not expected: --epoch 3; did you mean --epochs? (translate train --help says more)\n");
  CHECK(said("translate train --epoch=3") ==
        "translate: not expected: --epoch=3; did you mean --epochs? (translate train --help says more)\n");
  CHECK(said("translate sing") ==
        "translate: not expected: sing; the commands are train, translate, explain, evaluate, diagnose, words "
        "(translate --help says more)\n");
  CHECK(said("translate train --colour") == "translate: not expected: --colour (translate train --help says more)\n");
  CHECK_THAT(said("gaps fil m"), Contains("did you mean fill?"));
  CHECK_THAT(said("letters write m --temprature 1"), Contains("did you mean --temperature?"));
}
