// The program `translate`, used as people use it, and misused as they misuse it.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "glance/nn/processors.h"
#include "glance/tensor/blas.h"
#include "glance/tensor/files/safetensors.h"
#include "glance/tensor/files/tensor_file.h"
#include "glance/tensor/processor.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
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
  put_text(folder / "pairs.tsv", text);
}

const std::string small = " --hidden 16 --embedding 16 --batch 16 --threads 2 ";

std::vector<json> log_of(const TemporaryFolder& folder, const std::string& out) {
  std::vector<json> lines;
  std::istringstream text(get_text(folder / (out + "/log.jsonl")));
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  return lines;
}

// A folder with a model m that has learnt pairs.tsv. Tests leave both as they are.
const TemporaryFolder& trained_folder() {
  static const TemporaryFolder folder;
  static const Outcome trained = [] {
    write_pairs(folder);
    return run(folder, "translate train --pairs pairs.tsv" + small +
                           "--dropout 0 --label-smoothing 0 --rate 0.02 --epochs 40 --out m");
  }();
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK_THAT(trained.out, Contains("40/40") && Contains("held out: loss") && Contains("m/best"));
  CHECK(trained.out.find('\033') == std::string::npos);
  return folder;
}

// One line that begins with the program's name and has `wanted` in it.
void check_refused(const Outcome& outcome, int status, const std::string& wanted) {
  CHECK(outcome.status == status);
  CHECK_THAT(outcome.err, StartsWith("translate: ") && Contains(wanted));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

}  // namespace

TEST_CASE("training leaves a log, a line an epoch") {
  const auto log = log_of(trained_folder(), "m");
  REQUIRE(log.size() == 40);
  for (const char* key : {"epoch", "step", "seconds", "train_loss", "test_loss", "test_token_accuracy", "test_exact",
                          "test_bleu", "test_entropy"})
    CHECK(log[0].at(key).is_number());
  CHECK(log.back().at("epoch") == 40);
  for (const char* layer : {"source", "target", "encoder", "decoder", "combine", "output_bias"})
    CHECK(log.back().at("gradient_norms").at(layer).get<double>() > 0);
  CHECK(log.back().at("train_loss").get<double>() < 0.3 * log.front().at("train_loss").get<double>());
  CHECK(log.back().at("test_exact") == 1);
}

TEST_CASE("a report is written while training, and gone on with") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const auto trained =
      run(folder, "translate train --pairs pairs.tsv" + small + "--epochs 2 --out m --report page.html");
  CHECK(trained.status == 0);
  CHECK_THAT(trained.out, Contains("the report is page.html"));
  const std::string page = get_text(folder / "page.html");
  CHECK_THAT(page, StartsWith("<!DOCTYPE html>") && Contains("pairs.tsv") && Contains("\"step\":0,"));
  const auto resumed = run(folder, "translate train --resume --out m --report page.html");
  CHECK(resumed.status == 0);
  CHECK_THAT(get_text(folder / "page.html"), Contains("\"step\":0,"));
  const auto without = run(folder, "translate train --pairs pairs.tsv" + small + "--epochs 2 --out n");
  CHECK(without.out.find("report") == std::string::npos);
  CHECK(get_text(folder / "m/best") == get_text(folder / "n/best"));

  const auto nowhere =
      run(folder, "translate train --pairs pairs.tsv" + small + "--out x --report no/folder/page.html");
  CHECK(nowhere.status == 1);
  CHECK_THAT(nowhere.err, StartsWith("translate: no/folder/page.html: "));
  CHECK(run(folder, "translate train --pairs pairs.tsv --out x --report ''").status == 2);
}

TEST_CASE("an argument that is not expected is named as it was given, on one line") {
  const TemporaryFolder folder;
  const auto extra = run(folder, "translate tran --pairs x");
  CHECK(extra.status == 2);
  CHECK(extra.err == "translate: not expected: tran --pairs x; did you mean train? (translate --help says more)\n");
  for (const std::string argument : {"$'a\\nb'", "$'\\e[2Jb'", "$'\\xffb'", "$'\\u202eb'"})
    for (const std::string command : {"translate ", "translate train --out x --pairs ", "translate translate ",
                                      "bottleneck --svg no/", "bottleneck "}) {
      INFO(command << argument);
      const auto outcome = run(folder, "bash -c \"" + command + argument + "\" < /dev/null");
      CHECK(outcome.status != 0);
      CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
      CHECK_THAT(outcome.err, Contains("\\x"));
    }
}

TEST_CASE("a report is not written over what it reports on") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string pairs = get_text(folder / "pairs.tsv");
  const std::string train = "translate train --pairs pairs.tsv" + small + "--epochs 1 --out m --report ";
  check_refused(run(folder, train + "./pairs.tsv"), 1,
                "--report ./pairs.tsv: would be written over a file of another kind");
  check_refused(run(folder, train + "m/../m/last"), 1, "would be written over m/last");
  CHECK(get_text(folder / "pairs.tsv") == pairs);
  CHECK_FALSE(std::filesystem::exists(folder / "m"));
  REQUIRE(run(folder, train + "page.html").status == 0);
  check_refused(run(folder, "translate train --resume --out m --report pairs.tsv"), 1,
                "written over a file of another kind");
  CHECK(get_text(folder / "pairs.tsv") == pairs);
}

TEST_CASE("sentences are translated, from the command line and from standard input") {
  const TemporaryFolder& folder = trained_folder();
  const auto translated = run(folder, "translate translate m 'The cat sees the dog' 'the bird eats the horse'");
  CHECK(translated.status == 0);
  CHECK(translated.out == "le chat voit le chien\nle oiseau mange le cheval\n");
  const auto piped =
      run(folder, "printf 'the cat sees the dog\\n\\nthe bird eats the horse' | translate translate m --beam 3");
  CHECK(piped.status == 0);
  CHECK(piped.out == "le chat voit le chien\n\nle oiseau mange le cheval\n");
}

TEST_CASE("explain gives the weights, as JSON and as a picture") {
  const TemporaryFolder& folder = trained_folder();
  const json picture = json::parse(run(folder, "translate explain m 'the cat sees the dog' --json").out);
  CHECK(picture.at("source") == json{"the", "cat", "sees", "the", "dog"});
  CHECK(picture.at("target") == json{"le", "chat", "voit", "le", "chien", "<end>"});
  REQUIRE(picture.at("entropy").size() == 6);
  for (const double entropy : picture["entropy"]) CHECK((entropy >= 0 && entropy <= 1));
  REQUIRE(picture.at("weights").size() == 6);
  for (const auto& row : picture.at("weights")) {
    REQUIRE(row.size() == 5);
    double sum = 0;
    for (const double weight : row) sum += weight;
    CHECK(sum == Approx(1).epsilon(1e-5));
  }
  const auto drawn = run(folder, "translate explain m 'the cat sees the dog'");
  CHECK_THAT(drawn.out, StartsWith("the cat sees the dog -> le chat voit le chien\n\n") && Contains("chien ") &&
                            Contains("█") && Contains("75%"));
}

TEST_CASE("explain shows the three steps in numbers") {
  const TemporaryFolder& folder = trained_folder();
  const auto steps = run(folder, "translate explain m 'the cat sees the dog' --steps");
  CHECK(steps.status == 0);
  CHECK_THAT(steps.out, Contains("score: query · key") && Contains("6  <end>") && Contains("dog"));
  const auto full = run(folder, "translate explain m 'the cat sees the dog' --steps --word 5");
  CHECK_THAT(full.out, Contains("5 chien: probability") && Contains("4  the") && Contains("sum over 16 coordinates"));

  const json line = json::parse(run(folder, "translate explain m 'the cat sees the dog' --steps --word 5 --json").out);
  CHECK(line.at("target") == json{"chien"});
  REQUIRE(line.at("steps").size() == 1);
  const json& sources = line["steps"][0].at("sources");
  REQUIRE(sources.size() == 5);
  double softmax_sum = 0, context = 0;
  for (const json& source : sources) softmax_sum += std::exp(source.at("score").get<double>());
  for (std::size_t s = 0; s < 5; ++s) {
    const double weight = sources[s].at("weight");
    CHECK(weight == Approx(std::exp(sources[s].at("score").get<double>()) / softmax_sum).epsilon(1e-4));
    CHECK(weight == Approx(line.at("weights")[0][s].get<double>()).epsilon(1e-5));
    const json& largest = sources[s].at("largest");
    REQUIRE(largest.size() == 4);
    for (const json& part : largest)
      CHECK(part.at("product").get<double>() == part.at("query").get<double>() * part.at("key").get<double>());
    CHECK(std::abs(largest[0].at("product").get<double>()) >= std::abs(largest[1].at("product").get<double>()));
    context += sources[s].at("context").get<double>();
  }
  CHECK(context == Approx(1).epsilon(1e-5));
}

TEST_CASE("explain shows what changes when a word is hidden or replaced") {
  const TemporaryFolder& folder = trained_folder();
  const std::string explain = "translate explain m 'the cat sees the dog' ";
  const json hidden = json::parse(run(folder, explain + "--hide 5 --json").out).at("hidden");
  CHECK(hidden.at("word") == "dog");
  REQUIRE(hidden.at("before").size() == 6);
  REQUIRE(hidden.at("after").size() == 6);
  CHECK(hidden["before"][4].get<double>() > 0.9);
  CHECK(hidden["after"][4].get<double>() < 0.5 * hidden["before"][4].get<double>());
  CHECK(hidden["after"][0].get<double>() == Approx(hidden["before"][0].get<double>()).epsilon(0.1));
  const auto text = run(folder, explain + "--hide 5");
  CHECK_THAT(text.out,
             StartsWith("the cat sees the dog -> le chat voit le chien\nattention may not see word 5, dog: -> le ") &&
                 Contains("chien") && Contains("before") && Contains("The encoder has read the word"));

  const json swapped = json::parse(run(folder, explain + "--swap 2=Bird --json").out).at("swapped");
  CHECK(swapped.at("source") == json{"the", "bird", "sees", "the", "dog"});
  CHECK(swapped.at("target") == json{"le", "oiseau", "voit", "le", "chien", "<end>"});
  CHECK(swapped.at("weights").size() == 6);
  const auto side_by_side = run(folder, explain + "--swap 2=bird");
  CHECK_THAT(side_by_side.out, Contains("the bird sees the dog -> le oiseau voit le chien") && Contains("*    chat"));
  CHECK(std::count(side_by_side.out.begin(), side_by_side.out.end(), '*') == 1 + 1);  // one word, and what it means

  const auto unknown = run(folder, explain + "--swap 2=zebra");
  CHECK(unknown.status == 0);
  CHECK_THAT(unknown.err, Contains("not in the model's vocabulary: zebra"));
}

TEST_CASE("explain says how many words there are, and what contradicts what") {
  const TemporaryFolder& folder = trained_folder();
  const auto fails = [&](const std::string& options, const std::string& wanted) {
    INFO(options);
    const auto outcome = run(folder, "translate explain m " + options);
    check_refused(outcome, 2, wanted);
    CHECK_THAT(outcome.err, Contains("--help"));
    CHECK(outcome.out.empty());
  };
  fails("'the cat sees the dog' --hide 6", "--hide 6: the sentence has 5 words, counted from 1");
  fails("'the cat sees the dog' --swap 7=cat", "--swap 7: the sentence has 5 words");
  fails("'the cat sees the dog' --word 7", "--word 7: the translation with its end has 6 words");
  fails("'' --hide 1", "--hide 1: the sentence has 0 words");
  fails("< /dev/null --word 0", "--word");
  fails("the --swap 1='cat dog'", "this is 2 words");
  fails("the --swap 1=", "such as 2=dog");
  fails("the --swap cat", "such as 2=dog");
  fails("the --swap =cat", "such as 2=dog");
  fails("the --hide 1 --swap 1=cat", "one change at a time");
  fails("the --hide 1 --steps", "Leave one out");
  fails("the --swap 1=a --word 1", "Leave one out");
  fails("the --hide 1 --svg a.svg", "Leave one out");
  fails("the cat --svg a.svg", "one file shows one sentence");
  fails("--svg a.svg < /dev/null", "one file shows one sentence");
  fails("the cat --graph a.dot", "--graph: one file shows one sentence");
  CHECK_THAT(run(folder, "echo the | translate explain m --hide 2").err,
             Contains("standard input:1: --hide 2: the sentence"));
  CHECK_FALSE(std::filesystem::exists(folder / "a.svg"));
}

TEST_CASE("explain draws the graph of the loss, each layer in its frame") {
  const TemporaryFolder& folder = trained_folder();
  REQUIRE(run(folder, "translate explain m 'the cat sees the dog' --graph step.dot").status == 0);
  const std::string graph = get_text(folder / "step.dot");
  CHECK_THAT(graph, StartsWith("digraph {"));
  for (const char* layer : {"source", "target", "encoder", "decoder", "combine"})
    CHECK_THAT(graph, Contains("label=\"" + std::string(layer) + "\"; fontname"));
  CHECK_THAT(graph, Contains("attend\\n[1, 6, 16]\\n[1, 6, 5]") && Contains("loss = softmax_cross_entropy"));
}

TEST_CASE("explain saves the picture, whole or not at all") {
  const TemporaryFolder& folder = trained_folder();
  const auto saved = run(folder, "translate explain m 'the cat sees the dog' --word 2 --svg cat.svg");
  CHECK(saved.status == 0);
  CHECK_THAT(saved.out, Contains("chat") && Contains("entropy"));
  CHECK_THAT(get_text(folder / "cat.svg"), StartsWith("<svg") && Contains("chat weights cat") && !Contains("voit"));
  const auto missing = run(folder, "translate explain m 'the cat' --svg missing/cat.svg");
  CHECK(missing.status == 1);
  CHECK_THAT(missing.err, StartsWith("translate: missing/cat.svg: "));
}

TEST_CASE("a picture in a pipe has neither colour nor anything else that a terminal is told") {
  const auto piped = run(trained_folder(), "translate explain m 'the 猫 sees the 👩‍🚀' | cat");
  CHECK_THAT(piped.out, Contains("猫") && Contains("👩‍🚀") && Contains("entropy"));
  CHECK(piped.out.find('\033') == std::string::npos);
}

TEST_CASE("a model is scored on pairs") {
  const TemporaryFolder& folder = trained_folder();
  const auto evaluated = run(folder, "translate evaluate m --pairs pairs.tsv --json");
  const json score = json::parse(evaluated.out);
  CHECK(score.at("pairs") == 64);
  CHECK(score.at("exact").get<double>() > 0.8);
  CHECK(score.at("token_accuracy").get<double>() > 0.9);
  CHECK(score.at("bleu").get<double>() > 80);
  CHECK(evaluated.err.empty());
  const auto wrong_way = run(folder, "translate evaluate m --pairs pairs.tsv --reverse");
  CHECK(wrong_way.status == 0);
  CHECK_THAT(wrong_way.err, Contains("--reverse"));
  const auto of_a_copy = run(folder, "cp m/best alone && translate evaluate alone");
  CHECK(of_a_copy.status == 0);
  CHECK_THAT(of_a_copy.err, Contains("does not know") && Contains("give --pairs"));
}

TEST_CASE("a model of pairs of one's own is scored on those that its training held out") {
  const TemporaryFolder& folder = trained_folder();
  const auto trained = [&](const std::string& options, const char* out) {
    return run(folder,
               "translate train --pairs pairs.tsv --epochs 1 --embedding 8 --hidden 8 " + options + " --out " + out)
        .status;
  };
  REQUIRE(trained("--held-out 0.25 --seed 3", "part") == 0);
  const auto of_its_own = run(folder, "translate evaluate part");
  CHECK(of_its_own.err.empty());
  CHECK_THAT(of_its_own.out, StartsWith("16 pairs that its training held out: loss "));
  // The very pairs: the loss that the training logged.
  std::istringstream log(get_text(folder / "part/log.jsonl"));
  std::string line;
  std::getline(log, line);
  const json logged = json::parse(line), score = json::parse(run(folder, "translate evaluate part --json").out);
  CHECK(score.at("loss").get<double>() == Approx(logged.at("test_loss").get<double>()));
  REQUIRE(trained("--held-out 0", "all") == 0);
  check_refused(run(folder, "translate evaluate all"), 1, "all: its training held out no pairs: give --pairs");
  REQUIRE(run(folder, "mv pairs.tsv moved.tsv").status == 0);
  check_refused(run(folder, "translate evaluate part"), 1,
                "the pairs of its training are not at hand: give --pairs: pairs.tsv: ");
  REQUIRE(run(folder, "mv moved.tsv pairs.tsv").status == 0);
}

TEST_CASE("unknown words, an empty sentence and an emoji do no harm") {
  const auto outcome = run(trained_folder(), "translate translate m 'the zebra sees 🦓' '' 'the' --json");
  CHECK(outcome.status == 0);
  CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 3);
  CHECK_THAT(outcome.err, Contains("not in the model's vocabulary: zebra 🦓"));
  const auto explained = run(trained_folder(), "translate explain m '' 'a'");
  CHECK(explained.status == 0);
  CHECK_THAT(explained.out, StartsWith("a sentence without words: there is nothing to look at\n\na -> "));
}

TEST_CASE("a sentence that cannot be read is named with its line") {
  const TemporaryFolder& folder = trained_folder();
  const auto fails = [&](const std::string& command, const std::string& wanted) {
    check_refused(run(folder, command), 1, wanted);
  };
  fails("printf 'the cat\\n\\377\\n' | translate translate m", "standard input:2: invalid UTF-8");
  fails("translate translate m \"$(printf 'a\\377')\"", "invalid UTF-8");
  fails("(echo the cat; cat /dev/zero) | translate translate m", "standard input:2: longer than");
  fails("translate translate m < .", "standard input:1: cannot be read: Is a directory");
  fails("yes the | head -5000 | tr '\\n' ' ' | translate explain m", "standard input:1: a sentence of 5000 words");
}

TEST_CASE("a truncated or foreign checkpoint is named") {
  const TemporaryFolder folder;
  std::filesystem::copy(trained_folder() / "m", folder / "m");
  put_text(folder / "pairs.tsv", "a\tb\n");
  for (const char* damage : {"head -c 100 m/best > bad", "head -c -7 m/best > bad", "printf x > bad", ": > bad",
                             "cp pairs.tsv bad", "rm bad; mkfifo bad", "rm bad"}) {
    INFO(damage);
    const auto outcome = run(folder, std::string(damage) + "; translate translate bad 'the cat'");
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, StartsWith("translate: bad: "));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  }
  CHECK_THAT(run(folder, "mkdir empty; translate translate empty 'a'").err, StartsWith("translate: empty/best: "));
}

TEST_CASE("a second training does not destroy the first by accident") {
  const auto outcome = run(trained_folder(), "translate train --pairs pairs.tsv --out m");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("m/last: ") && Contains("--resume") && Contains("--overwrite"));
  CHECK(log_of(trained_folder(), "m").size() == 40);
}

TEST_CASE("a training that was interrupted or killed goes on bit for bit") {
  const TemporaryFolder folder;
  write_pairs(folder);
  constexpr std::size_t epochs = 80;
  const std::string options = "--pairs pairs.tsv" + small + "--epochs " + std::to_string(epochs) + " ";
  REQUIRE(run(folder, "translate train " + options + "--out whole").status == 0);

  const auto stopped = [&](int signal, const std::string& command) {
    return run_until(folder, "/" + std::to_string(epochs) + " ", signal, "translate train " + command);
  };
  const auto interrupted = stopped(SIGINT, options + "--out parts");
  CHECK(interrupted.status == 130);
  CHECK_THAT(interrupted.out,
             Contains("saved; go on with: /") && Contains("/translate train --resume --out ") && Contains("/parts\n"));
  CHECK(stopped(SIGKILL, "--resume --out parts").status == 128 + SIGKILL);
  CHECK(stopped(SIGHUP, "--resume --out parts").status == 130);
  CHECK(stopped(SIGTERM, "--resume --out parts").status == 130);
  const auto last = run(folder, "translate train --resume --out parts");
  INFO(last.err);
  REQUIRE(last.status == 0);
  CHECK_THAT(last.out, Contains("going on after step"));

  CHECK(get_text(folder / "whole/best") == get_text(folder / "parts/best"));
  auto whole = log_of(folder, "whole"), parts = log_of(folder, "parts");
  REQUIRE(whole.size() == epochs);
  REQUIRE(parts.size() == epochs);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    whole[i].erase("seconds");
    parts[i].erase("seconds");
    CHECK(whole[i] == parts[i]);
  }
  const auto again = run(folder, "translate train --resume --out parts");
  CHECK(again.status == 0);
  CHECK(log_of(folder, "parts").size() == epochs);
  CHECK(get_text(folder / "whole/best") == get_text(folder / "parts/best"));

  put_text(folder / "pairs.tsv", "other\tpairs\nthan\tbefore\n");
  const auto changed = run(folder, "translate train --resume --out parts");
  CHECK(changed.status == 1);
  CHECK_THAT(changed.err, Contains("pairs.tsv: the pairs are not those"));
}

TEST_CASE("the mean of the last weights is scored, kept, and resumed bit for bit") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string train = "translate train --pairs pairs.tsv" + small + "--epochs 5 --average 3 --out ";
  const auto whole = run(folder, train + "whole");
  REQUIRE(whole.status == 0);
  CHECK_THAT(whole.out, Contains("mean of the last 2 ") && Contains("the mean of the last 3 is whole/average"));
  CHECK(whole.out.find("mean of the last 4") == std::string::npos);
  const auto log = log_of(folder, "whole");
  CHECK_FALSE(log[0].contains("average"));
  CHECK(log[1].at("average").at("of") == 2);
  CHECK(log[4].at("average").at("of") == 3);
  CHECK(log[4].at("average").at("test_loss") != log[4].at("test_loss"));
  CHECK(get_text(folder / "whole/average") != get_text(folder / "whole/best"));
  CHECK(run(folder, "translate translate whole/average 'the cat sees the dog'").status == 0);
  // Stopped after two, it has the weights of both.
  const auto stopped = run_until(folder, "2/5", SIGINT, train + "part");
  REQUIRE((stopped.status == 130 || stopped.status == 0));
  REQUIRE(run(folder, "translate train --resume --out part").status == 0);
  for (const char* file : {"/average", "/best"})
    CHECK(get_text(folder / ("part" + std::string(file))) == get_text(folder / ("whole" + std::string(file))));
  // All else is as without it, and a training that starts anew leaves none of the old one.
  REQUIRE(run(folder, "translate train --pairs pairs.tsv" + small + "--epochs 5 --overwrite --out part").status == 0);
  CHECK(get_text(folder / "part/best") == get_text(folder / "whole/best"));
  CHECK_FALSE(std::filesystem::exists(folder / "part/average"));
  for (const char* wrong : {"1", "0", "1001", "x"})
    check_refused(run(folder, "translate train --average " + std::string(wrong)), 2, "--average");
}

TEST_CASE("a sentence is watched while the model trains, and nothing else is changed by it") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string options = "translate train --pairs pairs.tsv" + small + "--epochs 3 ";
  const auto watched = run(folder, options + "--out watched --watch 'the cat sees the zebra'");
  INFO(watched.err);
  REQUIRE(watched.status == 0);
  CHECK(watched.out.find('\033') == std::string::npos);
  std::size_t pictures = 0;
  for (std::size_t at = 0; (at = watched.out.find("\nthe cat sees the zebra -> ", at)) != std::string::npos; ++at)
    ++pictures;
  CHECK(pictures == 3);
  CHECK_THAT(watched.out, Contains("entropy") && Contains("75% ██"));
  CHECK(watched.err == "translate: --watch: not in the model's vocabulary: zebra\n");
  REQUIRE(run(folder, options + "--out plain").status == 0);
  CHECK(get_text(folder / "plain/best") == get_text(folder / "watched/best"));

  const auto held_out = run(folder, options + "--out m --watch");
  CHECK(held_out.status == 0);
  CHECK_THAT(held_out.out, Contains("\nthe ") && Contains(" -> "));
  CHECK(run(folder, options + "--out n --watch --attention none").status == 2);
  const auto blank = run(folder, options + "--out n --watch ' '");
  CHECK(blank.status == 1);
  CHECK_THAT(blank.err, Contains("--watch: a sentence without words"));
}

TEST_CASE("what is wrong with the attention is said at the end of an epoch") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const auto begun = run(folder, "translate train --pairs pairs.tsv" + small + "--epochs 1 --rate 1e-6 --out m");
  CHECK(begun.status == 0);
  CHECK_THAT(begun.out,
             Contains("attention is uniform: its entropy is ") && Contains("ignores the source: the loss is "));
  CHECK(run(trained_folder(), "translate explain m 'the cat'").status == 0);
}

TEST_CASE("the result does not depend on the number of threads") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string options = "translate train --pairs pairs.tsv --hidden 16 --embedding 16 --batch 16 --epochs 2 ";
  REQUIRE(run(folder, options + "--threads 1 --out one").status == 0);
  REQUIRE(run(folder, options + "--threads 3 --out three").status == 0);
  CHECK(get_text(folder / "one/best") == get_text(folder / "three/best"));
}

TEST_CASE("threads that the system does not give are an error") {
  const TemporaryFolder& folder = trained_folder();
  const std::string limit = "ulimit -v 3000000 && ";                // in KiB: stacks for a few hundred
  if (run(folder, limit + "translate --help").status != 0) return;  // under a sanitizer it cannot start at all
  check_refused(run(folder, limit + "translate evaluate m --threads 1024"), 1, "the system gives no more than");
}

TEST_CASE("a limit on memory ends a run with one line, or not at all") {
  const TemporaryFolder folder;
  if (run(folder, "ulimit -v 3000000 && translate --help").status != 0) return;  // under a sanitizer
  // In KiB: too little for OpenBLAS itself, for its buffer, for those of many threads; and enough.
  for (const char* limit : {"60000", "120000", "200000", "300000", "500000", "1000000"})
    for (const char* threads : {"1", "64"}) {
      CAPTURE(limit, threads);
      const auto ended = run(folder, std::string("ulimit -v ") + limit +
                                         " && timeout 120 translate train --limit 64 --epochs 1 --hidden 16 "
                                         "--embedding 16 --overwrite --shards 64 --threads " +
                                         threads);
      if (ended.status == 0) continue;
      CHECK(ended.status == 1);
      CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
    }
  CHECK(run(folder, "ulimit -v 700000 && timeout 120 translate train --limit 64 --epochs 1 --overwrite").status == 0);
}

TEST_CASE("programs say their version and what multiplies, and so does a training's log") {
  const TemporaryFolder& folder = trained_folder();
  for (const char* program : {"translate", "bottleneck"}) {
    const auto version = run(folder, std::string(program) + " --version");
    CHECK(version.status == 0);
    CHECK_THAT(version.out, StartsWith(program) && Contains(std::string("compiled for ") + detail::compiled_for) &&
                                Contains("products by ") && Contains(blas_kernels().kernels));
  }
  CHECK(log_of(folder, "m").front()["kernels"] == blas_kernels().kernels);
}

TEST_CASE("a person's own choice of kernels is kept") {
  if (blas_kernels().kernels == "portable") return;
  const auto version = run(trained_folder(), "OPENBLAS_CORETYPE=NEHALEM translate --version");
  if (version.out.find("kernels Nehalem") == std::string::npos) return;  // none for x86
  CHECK(run(trained_folder(), "OPENBLAS_CORETYPE=CORE2 translate --version").out.find("kernels Core2") !=
        std::string::npos);
}

TEST_CASE("idle processors are said, unless the number of threads was asked for") {
  const TemporaryFolder folder;
  const std::string command = "translate train --limit 64 --epochs 1 --hidden 16 --embedding 16 --overwrite --shards 1";
  CHECK((run(folder, command).out.find("--shards") != std::string::npos) == (usable_processors() > 1));
  CHECK(run(folder, command + " --threads 1").out.find("--shards") == std::string::npos);
  // One processor is all that a training on one processor may use.
  const auto alone = run(folder, "taskset -c 0 translate train --limit 64 --epochs 1 --overwrite");
  if (alone.status == 0) CHECK_THAT(alone.out, Contains("; 1 thread\n"));
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

TEST_CASE("a training that was stopped while it scored goes on with that") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string train = "translate train --pairs pairs.tsv" + small + "--epochs 3 --out m";
  REQUIRE(run(folder, train).status == 0);
  const auto log = log_of(folder, "m");
  // As it is saved then: all steps done, the last of them not scored, and no line about them.
  TensorFile file = load_safetensors(folder / "m/last");
  json training = json::parse(file.metadata.at("training"));
  training["unvalidated"] = true;
  training["best_score"] = -1;
  file.metadata["training"] = training.dump();
  save_safetensors(folder / "m/last", file.tensors, file.metadata);
  put_text(folder / "m/log.jsonl", log[0].dump() + "\n" + log[1].dump() + "\n");
  const auto resumed = run(folder, "translate train --resume --out m");
  INFO(resumed.err);
  CHECK(resumed.status == 0);
  CHECK(log_of(folder, "m") == log);
  CHECK_FALSE(json::parse(load_safetensors(folder / "m/last").metadata.at("training")).at("unvalidated"));
  CHECK(std::filesystem::exists(folder / "m/best"));
}

TEST_CASE("every kind is trained, gone on with, explained and reported") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string train = "translate train --pairs pairs.tsv" + small + "--layers 2 --dropout 0.2 ";
  for (const std::string kind :
       {"--attention scaled --cell rnn", "--attention general --cell gru", "--attention additive",
        "--attention general --bidirectional", "--cell gru --bidirectional", "--attention dot"}) {
    INFO(kind);
    REQUIRE(run(folder, train + kind + " --epochs 3 --overwrite --out whole --report whole.html").status == 0);
    CHECK_THAT(get_text(folder / "whole.html"), Contains("\"sentences\""));
    const auto steps = run(folder, "translate explain whole 'the cat sees the dog' --steps");
    REQUIRE(steps.status == 0);
    CHECK_THAT(steps.out,
               Contains(kind == "--attention dot" || kind.starts_with("--cell") ? "score: query · key"
                                                                                : "score: how far below the highest"));
    const auto json_line = run(folder, "translate explain whole 'the cat sees the dog' --steps --json");
    CHECK(json::parse(json_line.out).at("weights").size() > 0);
    CHECK(run(folder, "translate explain whole 'the cat sees the dog' --hide 2").status == 0);
    CHECK(run(folder, "translate translate whole 'the cat sees the dog' --beam 3").status == 0);
    CHECK(run(folder, "translate evaluate whole --pairs pairs.tsv --beam 3").status == 0);
  }
}

TEST_CASE("many lines are translated together as each alone, in their order") {
  const TemporaryFolder& folder = trained_folder();
  std::string lines, alone;
  for (const char* sentence :
       {"the cat sees the dog", "the dog", "the bird eats the horse", "the cat", "a", "the horse knows the cat"}) {
    lines += std::string(sentence) + "\n";
    alone += run(folder, std::string("translate translate m '") + sentence + "' --beam 3").out;
  }
  put_text(folder / "lines.txt", lines);
  CHECK(run(folder, "translate translate m --beam 3 < lines.txt").out == alone);
  CHECK(run(folder, "translate translate m --beam 3 --threads 3 < lines.txt").out == alone);
  CHECK(run(folder, "cat lines.txt | translate translate m --beam 3").out == alone);
  // Without a line end, and with an answer before the pipe is closed.
  CHECK(run(folder, "printf 'the cat' | translate translate m").out ==
        run(folder, "translate translate m 'the cat'").out);
  const auto answered =
      run(folder,
          "mkfifo p q; timeout 60 translate translate m < p > q & exec 3> p 4< q; echo 'the cat' >&3; "
          "read answer <&4; echo $answer; echo 'the dog' >&3; read answer <&4; "
          "echo $answer; exec 3>&-; wait; rm p q");
  CHECK(answered.out == run(folder, "translate translate m 'the cat' 'the dog'").out);
  // What was right before a line that is wrong is answered.
  const auto wrong = run(folder, "printf 'the cat\\n\\377\\n' | translate translate m");
  CHECK(wrong.status == 1);
  CHECK(wrong.out == run(folder, "translate translate m 'the cat'").out);
  CHECK_THAT(wrong.err, Contains("standard input:2: "));
}

TEST_CASE("pairs that cannot be used are named, with the line") {
  const TemporaryFolder folder;
  put_text(folder / "empty.tsv", "");
  put_text(folder / "tabless.tsv", "a\tb\nc d\n");
  put_text(folder / "invalid.tsv", "a\tb\nc\t\xff\n");
  const auto fails = [&](const std::string& options, const std::string& wanted) {
    INFO(options);
    const auto outcome = run(folder, "translate train --out m " + options);
    check_refused(outcome, 1, wanted);
    CHECK(outcome.out.empty());
    CHECK_FALSE(std::filesystem::exists(folder / "m"));
  };
  fails("--pairs missing.tsv", "missing.tsv");
  fails("--pairs empty.tsv", "empty.tsv");
  fails("--pairs tabless.tsv", "tabless.tsv:2");
  fails("--pairs invalid.tsv", "invalid.tsv:2");
  fails("--pairs .", ".");
  fails("--pairs missing.tsv --held-out 0", "missing.tsv");
}

TEST_CASE("pairs that leave nothing to do are named") {
  const TemporaryFolder folder;
  write_pairs(folder);
  put_text(folder / "one.tsv", "a b c\td e f\na b c\tg\n");
  const auto fails = [&](const std::string& options, const std::string& wanted) {
    INFO(options);
    const auto outcome = run(folder, "translate train --out m " + options);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, StartsWith("translate: ") && Contains(wanted));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    CHECK_FALSE(std::filesystem::exists(folder / "m"));
  };
  fails("--pairs one.tsv", "one.tsv: one source sentence only, so none can be held out");
  fails("--limit 1", "the built-in language: one source sentence only");
  fails("--limit 100000000", "at most 200000 sentences: lower --limit");
  fails("--max-words 3", "has no 14000 sentences of at most 3 words: raise --max-words or lower --limit");
  fails("--pairs pairs.tsv --max-words 2", "pairs.tsv: every pair has more than 2 words");
  fails("--pairs pairs.tsv --test pairs.tsv", "nothing is left to train on");
  fails("--pairs pairs.tsv --min-count 9999", "lower --min-count");
  fails("--pairs pairs.tsv --hidden 100000 --layers 60", "GB of memory");
  fails("--resume", "m/last: no training to go on with");
}

TEST_CASE("one pair can be trained on when none is held out") {
  const TemporaryFolder folder;
  put_text(folder / "one.tsv", "a b c\td e f\n");
  const auto outcome = run(folder, "translate train --pairs one.tsv --held-out 0 --epochs 2" + small + "--out m");
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto log = log_of(folder, "m");
  REQUIRE(log.size() == 2);
  CHECK(log[0].at("test_bleu").is_null());
  CHECK(std::filesystem::exists(folder / "m/best"));
}

TEST_CASE("a Transformer is trained, gone on with, explained by layer and head, and reported") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string train =
      "translate train --pairs pairs.tsv --model transformer --embedding 16 --heads 2 --layers 2 --feed-forward 16 "
      "--batch 16 --threads 2 --epochs 3 ";
  for (const std::string kind : {"--positions learned", "--positions rotary --norm post"}) {
    INFO(kind);
    const auto trained = run(folder, train + kind + " --overwrite --out whole --report whole.html");
    REQUIRE(trained.status == 0);
    CHECK_THAT(trained.out, Contains("Transformer of 2+2 layers with 2 heads") && Contains("feed-forward 16"));
    CHECK_THAT(get_text(folder / "whole.html"), Contains("\"heads\":2"));
    // Interrupted, it comes to the same.
    const auto stopped = run_until(folder, "1/3", SIGINT, train + kind + " --overwrite --out part");
    REQUIRE((stopped.status == 130 || stopped.status == 0));
    REQUIRE(run(folder, "translate train --resume --out part").status == 0);
    CHECK(load_safetensors(folder / "part/best").tensors.size() ==
          load_safetensors(folder / "whole/best").tensors.size());
    CHECK(get_text(folder / "part/best") == get_text(folder / "whole/best"));
    CHECK(run(folder, "translate translate whole 'the cat sees the dog' --beam 3").status == 0);
    CHECK(run(folder, "translate evaluate whole --pairs pairs.tsv").status == 0);
  }
  const std::string explain = "translate explain whole 'the cat sees the dog' ";
  CHECK_THAT(run(folder, explain).out, Contains("cross-attention, layer 2 of 2, mean over 2 heads"));
  const auto encoder = run(folder, explain + "--attention encoder --layer 1 --head 2 --svg e.svg");
  CHECK_THAT(encoder.out, Contains("encoder-attention, layer 1 of 2, head 2 of 2"));
  CHECK_THAT(get_text(folder / "e.svg"), Contains("<svg"));
  CHECK_THAT(run(folder, explain + "--attention decoder").out, Contains("<begin>"));
  const json line = json::parse(run(folder, explain + "--json").out);
  REQUIRE(line.at("attention").size() == 3 * 2 * 2);
  CHECK(line.at("attention")[3].at("attention") == "cross");
  CHECK(line.at("attention")[3].at("layer") == 2);
  CHECK(line.at("attention")[3].at("head") == 2);
  for (std::size_t s = 0; s < 5; ++s)
    CHECK(line.at("weights")[0][s].get<double>() == Approx((line.at("attention")[2].at("weights")[0][s].get<double>() +
                                                            line.at("attention")[3].at("weights")[0][s].get<double>()) /
                                                           2)
                                                        .margin(1e-5));
  CHECK_THAT(run(folder, explain + "--hide 2").out, Contains("attention may not see word 2, cat"));
  CHECK(run(folder, explain + "--graph g.dot").status == 0);
  const json without = json::parse(run(folder, explain + "--hide-head cross:2.1 --json").out).at("hidden_heads");
  CHECK(without.at("heads") == json::parse(R"([{"attention": "cross", "layer": 2, "head": 1}])"));
  CHECK(without.at("before") == line.at("probabilities"));
  REQUIRE(without.at("after").size() == line.at("target").size());
  CHECK(without.at("after") != without.at("before"));
  const json both =
      json::parse(run(folder, explain + "--hide-head cross:2.1 --hide-head encoder:1.2 --json").out).at("hidden_heads");
  CHECK(both.at("heads").size() == 2);
  CHECK(both.at("after") != without.at("after"));
  CHECK_THAT(run(folder, explain + "--hide-head decoder:1.2").out,
             Contains("without head 2 of layer 1 of the decoder-attention: -> ") && Contains("before"));
  CHECK_THAT(run(folder, "translate explain whole '' --hide-head cross:1.1").out, Contains("without words"));
  const json alone = json::parse(run(folder,
                                     "translate translate whole 'the cat sees the dog' --json "
                                     "--hide-head cross:1.1 --hide-head cross:1.2 --hide-head cross:2.1")
                                     .out);
  const json once = json::parse(run(folder, "translate translate whole 'the cat sees the dog' --json").out);
  CHECK(alone.at("log_probability") != once.at("log_probability"));
  check_refused(run(folder, explain + "--hide-head cross:3.1"), 2, "the model has 2 layers of 2 heads");
  check_refused(run(folder, "translate translate whole a --hide-head encoder:1.3"), 2, "--hide-head encoder:1.3: the");
  for (const char* wrong : {"2.1", "cross:2", "cross:0.1", "cross:1.0", "other:1.1", "cross:1.1.1", "cross:1.x"})
    check_refused(run(folder, explain + "--hide-head " + wrong), 2, "such as cross:2.1");
  check_refused(run(folder, explain + "--hide-head cross:1.1 --hide 1"), 2, "one change at a time");
  check_refused(run(folder, explain + "--hide-head cross:1.1 --head 1"), 2, "Leave one out");
  check_refused(run(folder, explain + "--layer 3"), 2, "--layer 3: the model has 2, counted from 1");
  check_refused(run(folder, explain + "--head 3"), 2, "--head 3: the model has 2, counted from 1");
  check_refused(run(folder, explain + "--steps"), 2, "--steps: is for the one attention of a recurrent model");
  check_refused(run(folder, explain + "--json --head 1"), 2, "every layer and head");
  check_refused(run(folder, explain + "--hide 1 --head 1"), 2, "Leave one out");
  check_refused(run(trained_folder(), "translate explain m 'the cat sees the dog' --head 1"), 2,
                "--head: is for a Transformer, and the model is a LSTM with dot attention");
  check_refused(run(trained_folder(), "translate translate m 'the cat sees the dog' --hide-head cross:1.1"), 2,
                "--hide-head: is for a Transformer, and the model is a LSTM with dot attention");
}

TEST_CASE("wrong and contradictory options end with status 2 and change nothing") {
  const TemporaryFolder folder;
  write_pairs(folder);
  for (const char* options : {"",
                              "fly",
                              "train --hidden 0",
                              "train --hidden many",
                              "train --attention multiplicative",
                              "train --cell gated",
                              "train --bidirectional --hidden 15",
                              "train --dropout 1.5",
                              "train --model perceptron",
                              "train --model transformer --cell gru",
                              "train --model transformer --attention dot",
                              "train --model transformer --bidirectional",
                              "train --model transformer --hidden 64",
                              "train --heads 2",
                              "train --positions learned",
                              "train --norm post",
                              "train --feed-forward 64",
                              "train --model transformer --heads 3",
                              "train --model transformer --embedding 12 --heads 4 --positions rotary",
                              "train --test pairs.tsv",
                              "train --pairs pairs.tsv --test pairs.tsv --held-out 0.1",
                              "train --resume --epochs 3",
                              "train --resume --overwrite",
                              "train --threads 0",
                              "train --nonsense",
                              "train --pairs ''",
                              "train --seed -1",
                              "translate",
                              "translate m --beam 0 a",
                              "translate m --beam 100000000 a",
                              "evaluate",
                              "evaluate m --limit 3"}) {
    INFO(options);
    const auto outcome = run(folder, std::string("translate ") + options);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, StartsWith("translate: ") && Contains("--help"));
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    CHECK(outcome.err.size() < 200);  // no numbers of three hundred digits
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
  }
}

TEST_CASE("help has an example for every command") {
  const TemporaryFolder folder;
  for (const char* command : {"", "train", "translate", "explain", "evaluate", "diagnose", "words"}) {
    const auto outcome = run(folder, std::string("translate ") + command + " --help");
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains("Example"));
  }
}

TEST_CASE("a checkpoint that cannot be written leaves the one before") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string training = "translate train --pairs pairs.tsv" + small + "--epochs 1 --out m";
  REQUIRE(run(folder, training).status == 0);
  const std::string best = get_text(folder / "m/best"), last = get_text(folder / "m/last");
  // A limit on the size of files stands for a full disk.
  const auto outcome = run(folder, "ulimit -f 8; " + training + " --overwrite");
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, StartsWith("translate: m/last: cannot be written"));
  CHECK(get_text(folder / "m/best") == best);
  CHECK(get_text(folder / "m/last") == last);
  CHECK(log_of(folder, "m").size() == 1);
  CHECK(run(folder, "ls -A m").out == "best\nlast\nlog.jsonl\n");
}

TEST_CASE("a training that starts anew leaves nothing of the old one") {
  const TemporaryFolder folder;
  write_pairs(folder);
  const std::string training = "translate train --pairs pairs.tsv" + small + "--out m ";
  REQUIRE(run(folder, training + "--epochs 3").status == 0);
  REQUIRE(run(folder, training + "--epochs 1 --overwrite --seed 2").status == 0);
  CHECK(log_of(folder, "m").size() == 1);
  REQUIRE(run(folder, training + "--epochs 1 --out new --seed 2").status == 2);  // --out twice
  REQUIRE(run(folder, "mv m old; " + training + "--epochs 1 --seed 2").status == 0);
  CHECK(get_text(folder / "m/best") == get_text(folder / "old/best"));
}

TEST_CASE("before the first epoch has ended, the last state is the best there is") {
  const TemporaryFolder folder;
  write_pairs(folder);
  REQUIRE(run(folder, "translate train --pairs pairs.tsv" + small + "--epochs 1 --out m").status == 0);
  CHECK(run(folder, "rm m/best; translate translate m 'the cat'").status == 0);
}

TEST_CASE("a folder that cannot be made is named") {
  const TemporaryFolder folder;
  write_pairs(folder);
  put_text(folder / "file", "");
  for (const char* out : {"file/below", "file"}) {
    const auto outcome = run(folder, std::string("translate train --pairs pairs.tsv --out ") + out);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.err, StartsWith(std::string("translate: ") + out + ": "));
  }
  CHECK(get_text(folder / "file").empty());
}

TEST_CASE("output that cannot be written is an error, and one that nobody reads is not") {
  const TemporaryFolder& folder = trained_folder();
  if (std::filesystem::exists("/dev/full")) {
    const auto full = run(folder, "translate explain m 'the cat' --json > /dev/full");
    CHECK(full.status == 1);
    CHECK_THAT(full.err, StartsWith("translate: ") && Contains("No space left"));
    // Errors that nobody can be told are still errors, and warnings none.
    CHECK(run(folder, "translate translate none 'the cat' 2> /dev/full").status == 1);
    const auto unheard = run(folder, "translate translate m 'zebra the cat sees the dog' 2> /dev/full");
    CHECK(unheard.status == 0);
    CHECK_FALSE(unheard.out.empty());
    // And soon, whatever is still to be translated.
    check_refused(run(folder, "yes the cat | timeout 60 translate translate m > /dev/full"), 1, "No space left");
  }
  const auto piped = run(folder, "yes 'the cat sees the dog' | head -2000 | translate translate m | head -1");
  CHECK(piped.status == 0);
  CHECK(piped.out == "le chat voit le chien\n");
  CHECK(piped.err.empty());
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
