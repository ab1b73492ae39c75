// The program `translate` on pairs that are not prose, and trainings that are scheduled, moved and gone on with.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

const std::string tiny = " --hidden 8 --embedding 8 --batch 8 --threads 2 --dropout 0 --label-smoothing 0 ";

// Commands and many more actions: up to sixteen for four words.
void write_commands(const TemporaryFolder& folder) {
  std::string text;
  for (const std::string verb : {"Walk", "Jump", "run", "look"})
    for (const std::string side : {"left", "right"})
      for (const int times : {1, 2, 4, 8}) {
        text += verb + " around " + side + " x" + std::to_string(times) + "\t";
        for (int i = 0; i < times; ++i) text += (i > 0 ? " I_TURN_" : "I_TURN_") + side + " I_" + verb;
        text += "\n";
      }
  put_text(folder / "commands.tsv", text);
}

std::vector<json> log_of(const TemporaryFolder& folder, const std::string& out) {
  std::vector<json> lines;
  std::istringstream text(get_text(folder / (out + "/log.jsonl")));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(json::parse(line));
    lines.back().erase("seconds");
  }
  return lines;
}

void train(const TemporaryFolder& folder, const std::string& options) {
  const auto outcome = run(folder, "translate train" + tiny + options);
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
}

}  // namespace

TEST_CASE("text in codes is split at spaces, and keeps its case when asked") {
  const TemporaryFolder folder;
  write_commands(folder);
  train(folder, "--pairs commands.tsv --split spaces --keep-case --held-out 0 --epochs 60 --rate 0.02 --out m");
  const auto longest = run(folder, "translate translate m 'Jump around left x8' --json");
  const json line = json::parse(longest.out);
  CHECK(line.at("source") == json{"Jump", "around", "left", "x8"});
  CHECK(line.at("target").at(0) == "I_TURN_left");
  CHECK(line.at("target").at(1) == "I_Jump");
  CHECK(line.at("unknown").empty());
  CHECK_THAT(run(folder, "translate translate m 'Jump around left x1'").out, StartsWith("I_TURN_left I_Jump"));
  CHECK_THAT(run(folder, "translate translate m 'jump around left x1'").err, Contains("vocabulary: jump (Jump?)\n"));
  CHECK_THAT(run(folder, "translate explain m 'Jump around left x1'").out,
             StartsWith("Jump around left x1 -> I_TURN_"));
  CHECK_THAT(run(folder, "translate explain m 'Jump around left x1' --swap 1=I_WALK").err, Contains("I_WALK"));

  const auto short_one = run(folder, "translate translate m 'Jump around left x8' --max-output 3");
  CHECK(std::count(short_one.out.begin(), short_one.out.end(), ' ') == 2);
  CHECK_THAT(short_one.err, Contains("stopped after 3 words without an end"));
  CHECK_THAT(run(folder, "cp m/best alone && translate evaluate alone").err,
             Contains("--split spaces") && Contains("give --pairs"));
}

TEST_CASE("a translation may be as long as the pairs need, and no longer than was asked for") {
  const TemporaryFolder folder;
  std::string text;
  for (const std::string letter : {"a", "B", "c", "D"}) {
    text += "all_" + letter + "\t";
    for (int i = 0; i < 20; ++i) text += (i > 0 ? " " : "") + letter + std::to_string(i);  // 20 words for one
    text += "\n";
  }
  put_text(folder / "counts.tsv", text);
  REQUIRE(run(folder,
              "translate train --pairs counts.tsv --split spaces --keep-case --held-out 0 --hidden 24 --embedding 24 "
              "--dropout 0 --label-smoothing 0 --epochs 150 --rate 0.02 --out m")
              .status == 0);
  const auto exact = [&](const std::string& options) {
    return json::parse(run(folder, "translate evaluate m --pairs counts.tsv --json " + options).out)
        .at("exact")
        .get<double>();
  };
  CHECK(exact("") == 1);
  CHECK(exact("--max-output 21") == 1);  // the end is one of them
  CHECK(exact("--max-output 20") == 0);
}

TEST_CASE("a bound that was asked for in training is kept") {
  const TemporaryFolder folder;
  write_commands(folder);
  train(folder, "--pairs commands.tsv --split spaces --epochs 1 --max-output 4 --out m");
  const json line = json::parse(run(folder, "translate translate m 'Jump around left x8' --json").out);
  CHECK(line.at("target").size() <= 4);
}

TEST_CASE("characters are units of their own, spaces among them, and are joined without any") {
  const TemporaryFolder folder;
  std::string dates;
  for (int day = 1; day <= 28; ++day)
    dates += std::to_string(day) + " May\t05-" + (day < 10 ? "0" : "") + std::to_string(day) + "\n";
  put_text(folder / "dates.tsv", dates);
  train(folder,
        "--pairs dates.tsv --split characters --held-out 0.1 --epochs 30 --rate 0.02 --out m --watch "
        "--report page.html");
  const json line = json::parse(run(folder, "translate translate m '12 May' --json").out);
  CHECK(line.at("source") == json{"1", "2", " ", "m", "a", "y"});
  CHECK_THAT(run(folder, "translate translate m '12 May'").out, StartsWith("05-"));
  const auto explained = run(folder, "translate explain m '12 May'");
  CHECK_THAT(explained.out, StartsWith("12 may -> 05-") && Contains("␣"));
  CHECK_THAT(run(folder, "translate explain m '12 May' --steps --word 1").out, Contains("3  ␣"));
  CHECK_THAT(get_text(folder / "page.html"), Contains("\"between_words\":\"\"") && Contains("\"␣\""));
  CHECK_THAT(run(folder, "translate evaluate m --pairs dates.tsv").out,
             Contains("28 pairs: loss") && Contains("characters"));
}

TEST_CASE("the built-in language can be split otherwise, too") {
  const TemporaryFolder folder;
  train(folder, "--split characters --limit 60 --epochs 1 --out m");
  CHECK(json::parse(run(folder, "translate translate m 'the cat' --json").out).at("source").size() == 7);
}

TEST_CASE("what would surprise later is said before the training starts") {
  const TemporaryFolder folder;
  put_text(folder / "chinese.tsv",
           "我爱你们。\tI love you.\n他是一个学生。\tHe is a student.\n今天天气很好。\tNice day.\n");
  const std::string options = tiny + "--epochs 1 --held-out 0 --out m --overwrite ";
  const auto chinese = run(folder, "translate train --pairs chinese.tsv" + options);
  CHECK_THAT(chinese.out, Contains("the source is in a script without spaces") && Contains("--split characters") &&
                              !Contains("the target is in"));
  CHECK_THAT(run(folder, "translate train --pairs chinese.tsv --split characters" + options).out,
             !Contains("a script without spaces"));
  std::string text, words;
  for (int i = 0; i < 20; ++i) text += "a b\tc d\n";
  for (int i = 0; i < 300; ++i) words += "w ";
  put_text(folder / "long.tsv", text + words + "\tx\n");
  CHECK_THAT(run(folder, "translate train --pairs long.tsv" + options).out,
             Contains("long.tsv:21: 300 words, and half of the pairs have at most 2") && Contains("--max-words"));
  put_text(folder / "short.tsv", "go\tva\nrun\tcours\nhide\tcache toi\nsit\tassis\n");
  const auto brief = run(folder, "translate train --pairs short.tsv" + tiny + "--epochs 1 --held-out 0.5 --out n");
  CHECK_THAT(brief.out, Contains("no held-out target has four words: BLEU counts runs of up to "));
  CHECK_THAT(run(folder, "translate evaluate n --pairs short.tsv").out, Contains("of runs of up to 2 words"));
}

TEST_CASE("unknown words are named in few words, with the line of standard input") {
  const TemporaryFolder folder;
  write_commands(folder);
  train(folder, "--pairs commands.tsv --split spaces --epochs 1 --out m");
  std::string many, vast(60000, 'z');
  for (int i = 0; i < 200; ++i) many += "u" + std::to_string(i) + " ";
  put_text(folder / "in.txt", "left\nzebra left\n" + vast + "\n" + many + "\n");
  const auto outcome = run(folder, "translate translate m < in.txt");
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.err, Contains("translate: standard input:2: not in the model's vocabulary: zebra\n") &&
                              Contains("standard input:3: not in the model's vocabulary: zzz") &&
                              Contains("standard input:4: not in the model's vocabulary: u0 u1") &&
                              Contains("u9 and 190 more\n"));
  CHECK(outcome.err.size() < 1500);
}

TEST_CASE("a training with a warm-up and validations inside its epochs goes on bit for bit") {
  const TemporaryFolder folder;
  write_commands(folder);
  for (const std::string schedule : {"constant", "linear", "cosine", "inverse-square-root"}) {
    const std::string options =
        "--pairs commands.tsv --split spaces --epochs 60 --warmup 100 --validate-every 7 --schedule " + schedule +
        " --overwrite ";
    train(folder, options + "--out whole");
    const auto log = log_of(folder, "whole");
    REQUIRE(log.size() == 35);  // four steps in each of sixty epochs: 34 times seven steps, and the end
    CHECK(log[0].at("step") == 7);
    CHECK(log[0].at("epoch") == 1.75);
    CHECK(log[3].at("epoch") == 7);
    CHECK(log.back().at("step") == 240);
    const auto stopped = [&](const std::string& awaited, int signal, const std::string& command) {
      return run_until(folder, awaited, signal, "translate train " + command);
    };
    CHECK(stopped("1.75/60", SIGINT, tiny + options + "--out parts").status == 130);
    CHECK(stopped("/60 ", SIGKILL, "--resume --out parts").status == 128 + SIGKILL);
    CHECK(stopped("/60 ", SIGTERM, "--resume --out parts").status == 130);
    REQUIRE(run(folder, "translate train --resume --out parts").status == 0);
    CHECK(get_text(folder / "whole/best") == get_text(folder / "parts/best"));
    CHECK(log == log_of(folder, "parts"));
  }
}

TEST_CASE("a training ends when nothing has become better for as long as it was told to wait") {
  const TemporaryFolder folder;
  write_commands(folder);
  // A rate so small that no score can change.
  const auto outcome = run(
      folder,
      "translate train --pairs commands.tsv --split spaces --epochs 50 --rate 1e-9 --warmup 1000000000 --patience 3 "
      "--validate-every 2 --out m" +
          tiny);
  CHECK(outcome.status == 0);
  const auto log = log_of(folder, "m");
  CHECK(log.size() < 100);
  CHECK_THAT(outcome.out,
             Contains("no better for 3 validations: ended after step " + std::to_string(2 * log.size()) + " of 200") &&
                 Contains("the best model is m/best"));
  const auto again = run(folder, "translate train --resume --out m");
  CHECK(again.status == 0);
  CHECK_THAT(again.out, Contains("no better for 3 validations"));
  CHECK(log == log_of(folder, "m"));
}

TEST_CASE("the command for going on can be copied, from any folder, whatever the folders are called") {
  for (const std::string name : {"my model", "it's $HOME", "-x", "a\nb", "caf\xe9"}) {
    INFO(name);
    const TemporaryFolder folder;
    write_commands(folder);
    std::filesystem::create_directory(folder / name);
    std::filesystem::copy(folder / "commands.tsv", folder / (name + "/pairs.tsv"));
    // Both are stopped as soon as they train.
    const std::string stopped =
        "pid=$!; for i in $(seq 1000); do grep -q 'held out: loss' out.txt && break; sleep 0.05; done; "
        "kill -TERM $pid; wait $pid";
    const auto begun = run(folder, "(cd ./*/ && exec translate train --pairs pairs.tsv --split spaces --epochs 100000" +
                                       tiny + "--out './out put') > out.txt & " + stopped + "; cat out.txt");
    INFO(begun.out << begun.err);
    const auto at = begun.out.find("translate train --resume");
    REQUIRE(at != std::string::npos);
    const std::string command = begun.out.substr(at, begun.out.find('\n', at) - at);
    CHECK_THAT(command, Contains("out put'"));
    put_text(folder / "go_on.sh", ": > out.txt\n" + command + " > out.txt & " + stopped + "\n");
    const auto resumed = run(folder, "bash go_on.sh; cat out.txt");
    INFO(resumed.err);
    CHECK_THAT(resumed.out, Contains("going on after step"));
  }
}

TEST_CASE("a training goes on when its pairs were moved, if they are the same") {
  const TemporaryFolder folder;
  write_commands(folder);
  train(folder, "--pairs commands.tsv --split spaces --epochs 1 --out m");
  std::filesystem::create_directory(folder / "elsewhere");
  const auto resume = [&](const std::string& options) { return run(folder, "translate train --resume " + options); };
  CHECK(run(folder, "cd elsewhere && translate train --resume --out ../m").status == 0);  // found where it began
  std::filesystem::rename(folder / "commands.tsv", folder / "elsewhere/moved.tsv");
  const auto gone = resume("--out m");
  CHECK(gone.status == 1);
  CHECK_THAT(gone.err, StartsWith("translate: commands.tsv: is not there any more") && Contains("--pairs"));
  CHECK(resume("--out m --pairs elsewhere/moved.tsv").status == 0);
  put_text(folder / "other.tsv", "a\tb\nc\td\n");
  const auto other = resume("--out m --pairs other.tsv");
  CHECK(other.status == 1);
  CHECK_THAT(other.err, StartsWith("translate: other.tsv: the pairs are not those"));
  CHECK(resume("--out m --pairs elsewhere/moved.tsv --epochs 3").status == 2);
  CHECK(resume("--out m --split characters").status == 2);
  CHECK(resume("--out m --max-output 3").status == 2);
}

TEST_CASE("options of text, length and schedule that make no sense are refused") {
  const TemporaryFolder folder;
  for (const char* options : {"--split letters", "--split ''", "--schedule step", "--schedule Linear", "--warmup -1",
                              "--warmup 0.5", "--patience 0", "--validate-every 0", "--max-output 0"}) {
    INFO(options);
    const auto outcome = run(folder, std::string("translate train ") + options);
    CHECK(outcome.status == 2);
    CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
  }
}

TEST_CASE("a sentence in brackets is one sentence") {
  const TemporaryFolder folder;
  write_commands(folder);
  train(folder, "--pairs commands.tsv --split spaces --epochs 1 --out m");
  const auto outcome = run(folder, "translate translate m '[run, left]' '[a]' --json");
  CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 2);
  CHECK_THAT(outcome.out, Contains("\"[run,\",\"left]\""));
}
