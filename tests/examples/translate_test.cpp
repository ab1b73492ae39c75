// The program `translate`, used as people use it, and misused as they misuse it.
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

// A language of forty pairs, so that training takes a moment.
void write_pairs(const TemporaryFolder& folder) {
  std::string text;
  const char* nouns[][2] = {{"cat", "chat"}, {"dog", "chien"}, {"bird", "oiseau"}, {"horse", "cheval"}};
  const char* verbs[][2] = {{"sees", "voit"}, {"eats", "mange"}, {"hears", "entend"}, {"knows", "connait"}};
  for (const auto& subject : nouns)
    for (const auto& verb : verbs)
      for (const auto& object : nouns)
        text += std::string("the ") + subject[0] + " " + verb[0] + " the " + object[0] + "\tle " + subject[1] + " " +
                verb[1] + " le " + object[1] + "\n";
  write_text(folder / "pairs.tsv", text);
}

const std::string small = " --hidden 16 --embedding 16 --batch 16 --threads 2 ";

std::vector<json> log_of(const TemporaryFolder& folder, const std::string& out) {
  std::vector<json> lines;
  std::istringstream text(read_text(folder / (out + "/log.jsonl")));
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("train, translate, explain and evaluate, the whole way") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const auto trained = run(folder, "translate train --pairs pairs.tsv" + small +
                                       "--dropout 0 --label-smoothing 0 --rate 0.02 --epochs 40 --out m");
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK_THAT(trained.out, Contains("epoch 40/40") && Contains("held out: loss") && Contains("m/best"));
  CHECK(trained.out.find('\033') == std::string::npos);

  const auto log = log_of(folder, "m");
  REQUIRE(log.size() == 40);
  for (const char* key :
       {"epoch", "step", "seconds", "train_loss", "test_loss", "test_token_accuracy", "test_exact", "test_bleu"})
    CHECK(log[0].at(key).is_number());
  CHECK(log.back().at("train_loss").get<double>() < 0.3 * log.front().at("train_loss").get<double>());

  const auto translated = run(folder, "translate translate m 'The cat sees the dog' 'the bird eats the horse'");
  CHECK(translated.status == 0);
  CHECK(translated.out == "le chat voit le chien\nle oiseau mange le cheval\n");
  const auto piped =
      run(folder, "printf 'the cat sees the dog\\n\\nthe bird eats the horse\\n' | translate translate m --beam 3");
  CHECK(piped.status == 0);
  CHECK_THAT(piped.out, StartsWith("le chat voit le chien\n"));

  const auto explained = run(folder, "translate explain m 'the cat sees the dog' --json");
  const json picture = json::parse(explained.out);
  CHECK(picture.at("source").size() == picture.at("weights")[0].size());
  CHECK(picture.at("target").size() == picture.at("weights").size());
  for (const auto& row : picture.at("weights")) {
    double sum = 0;
    for (const double weight : row) sum += weight;
    CHECK(sum == Approx(1).epsilon(1e-5));
  }
  const auto drawn = run(folder, "translate explain m 'the cat sees the dog'");
  CHECK_THAT(drawn.out, Contains("chien") && Contains("█"));

  const auto evaluated = run(folder, "translate evaluate m --pairs pairs.tsv --json");
  CHECK(json::parse(evaluated.out).at("pairs") == 64);
  CHECK(json::parse(evaluated.out).at("exact").get<double>() > 0.8);

  SECTION("unknown words, an empty sentence and an emoji do no harm") {
    const auto outcome = run(folder, "translate translate m 'the zebra sees 🦓' '' 'the' --json");
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.err, Contains("not in the model's vocabulary: zebra 🦓"));
  }
  SECTION("invalid UTF-8 on standard input is named with its line") {
    const auto outcome = run(folder, "printf 'the cat\\n\\377\\n' | translate translate m");
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("standard input:2"));
  }
  SECTION("a truncated or foreign checkpoint is named") {
    for (const char* damage :
         {"head -c 100 m/best > bad", "head -c -7 m/best > bad", "printf x > bad", ": > bad", "cp pairs.tsv bad"}) {
      INFO(damage);
      const auto outcome = run(folder, std::string(damage) + "; translate translate bad 'the cat'");
      CHECK(outcome.status == 1);
      CHECK_THAT(outcome.err, StartsWith("translate: bad: "));
      CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    }
    CHECK_THAT(run(folder, "translate translate nothing 'a'").err, Contains("nothing"));
    CHECK(run(folder, "mkdir empty; translate translate empty 'a'").status == 1);
  }
  SECTION("a second training does not destroy the first by accident") {
    const auto outcome = run(folder, "translate train --pairs pairs.tsv --out m");
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, Contains("--resume") && Contains("--overwrite"));
  }
}

TEST_CASE("a training that was interrupted goes on bit for bit") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string options = "--pairs pairs.tsv" + small + "--epochs 6 ";
  REQUIRE(run(folder, "translate train " + options + "--out whole").status == 0);

  // Interrupted again and again, by what Ctrl-C sends, until it is done.
  Outcome last = run(folder, "timeout -s INT 0.05 translate train " + options + "--out parts");
  int stops = 0;
  for (; last.status != 0 && stops < 200; ++stops) {
    if (last.status == 130 || last.status == 124) CHECK_THAT(last.out, Contains("--resume"));
    last = run(folder, "timeout --preserve-status -s INT 0.0" + std::to_string(4 + stops % 5) +
                           " translate train --resume --out parts");
  }
  INFO(last.err);
  REQUIRE(last.status == 0);
  CHECK(stops > 0);
  CHECK(read_text(folder / "whole/best") == read_text(folder / "parts/best"));
  auto whole = log_of(folder, "whole"), parts = log_of(folder, "parts");
  REQUIRE(whole.size() == parts.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    whole[i].erase("seconds");
    parts[i].erase("seconds");
    CHECK(whole[i] == parts[i]);
  }
}

TEST_CASE("the result does not depend on the number of threads") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string options = "translate train --pairs pairs.tsv --hidden 16 --embedding 16 --batch 16 --epochs 2 ";
  REQUIRE(run(folder, options + "--threads 1 --out one").status == 0);
  REQUIRE(run(folder, options + "--threads 3 --out three").status == 0);
  CHECK(read_text(folder / "one/best") == read_text(folder / "three/best"));
}

TEST_CASE("the other cell, no attention, the other direction, and beams") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const auto trained =
      run(folder, "translate train --pairs pairs.tsv" + small +
                      "--cell rnn --attention none --reverse --layers 2 --epochs 2 --held-out 0.2 --out m");
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK(run(folder, "translate translate m 'le chat voit le chien' --beam 4").status == 0);
  const auto explained = run(folder, "translate explain m 'le chat'");
  CHECK(explained.status == 1);
  CHECK_THAT(explained.err, Contains("--attention none"));
}

TEST_CASE("pairs that cannot be used are named, with the line") {
  const TemporaryFolder folder;
  write_text(folder / "empty.tsv", "");
  write_text(folder / "tabless.tsv", "a\tb\nc d\n");
  write_text(folder / "invalid.tsv", "a\tb\nc\t\xff\n");
  const auto fails = [&](const std::string& options, const std::string& wanted) {
    INFO(options);
    const auto outcome = run(folder, "translate train --out m " + options);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, StartsWith("translate: ") && Contains(wanted));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    CHECK_FALSE(std::filesystem::exists(folder / "m/last"));
  };
  fails("--pairs missing.tsv", "missing.tsv");
  fails("--pairs empty.tsv", "empty.tsv");
  fails("--pairs tabless.tsv", "tabless.tsv:2");
  fails("--pairs invalid.tsv", "invalid.tsv:2");
  fails("--pairs .", ".");
  fails("--pairs tabless.tsv --out empty.tsv", "empty.tsv");
}

TEST_CASE("wrong and contradictory options end with status 2 and change nothing") {
  const TemporaryFolder folder;
  write_pairs(folder);
  for (const char* options :
       {"", "fly", "train --hidden 0", "train --hidden many", "train --attention additive", "train --cell gru",
        "train --dropout 1.5", "train --test pairs.tsv", "train --pairs pairs.tsv --test pairs.tsv --held-out 0.1",
        "train --resume --epochs 3", "train --resume --overwrite", "train --threads 0", "train --nonsense", "translate",
        "translate m --beam 0 a", "evaluate m"}) {
    INFO(options);
    const auto outcome = run(folder, std::string("translate ") + options);
    CHECK(outcome.status == 2);
    CHECK_FALSE(outcome.err.empty());
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
  }
}

TEST_CASE("help has an example for every command") {
  const TemporaryFolder folder;
  for (const char* command : {"", "train", "translate", "explain", "evaluate"}) {
    const auto outcome = run(folder, std::string("translate ") + command + " --help");
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains("Example"));
  }
}

TEST_CASE("a checkpoint that cannot be written leaves the one before") {
  const TemporaryFolder folder;
  write_pairs(folder);
  REQUIRE(run(folder, "translate train --pairs pairs.tsv" + small + "--epochs 1 --out m").status == 0);
  const std::string before = read_text(folder / "m/best");
  // A limit on the size of files stands for a full disk.
  const auto outcome =
      run(folder, "ulimit -f 8; translate train --overwrite --pairs pairs.tsv" + small + "--epochs 1 --out m");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, StartsWith("translate: m/") && Contains("cannot be written"));
  CHECK(read_text(folder / "m/best") == before);
  CHECK(run(folder, "translate translate m/last 'the cat'").status == 0);
}

TEST_CASE("a folder that cannot be made is named") {
  const TemporaryFolder folder;
  write_pairs(folder);
  write_text(folder / "file", "");
  const auto outcome = run(folder, "translate train --pairs pairs.tsv --out file/below");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("file/below"));
}

TEST_CASE("the two small programs say what they compute") {
  const TemporaryFolder folder;
  const auto hello = run(folder, "autograd");
  CHECK(hello.status == 0);
  CHECK_THAT(hello.out, Contains("gradcheck: first and second derivatives agree"));
  CHECK_THAT(run(folder, "autograd --graph").out, StartsWith("digraph"));
  CHECK(run(folder, "autograd --nonsense").status == 2);
  const auto attention = run(folder, "attention");
  CHECK(attention.status == 0);
  CHECK_THAT(attention.out,
             Contains("1. scores") && Contains("2. weights") && Contains("3. context") && Contains("moved"));
  CHECK(run(folder, "attention --help").status == 0);
}
