// The program `letters`, used as people use it, and misused as they misuse it.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "examples/common/shell.h"
#include "examples/common/text.h"
#include "examples/letters/checkpoint.h"
#include "glance/nn/module.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

const std::string small = " --layers 2 --heads 2 --width 16 --context 16 --batch 8 --learning-rate 0.01 --warmup 10 ";

// A text of one sentence again and again.
void write_text(const TemporaryFolder& folder) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "the cat sees the dog.\n";
  put_text(folder / "text.txt", text);
}

std::vector<json> log_of(const std::string& folder) {
  std::vector<json> lines;
  std::istringstream text(get_text(folder + "/log.jsonl"));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(json::parse(line));
    lines.back().erase("seconds");
  }
  return lines;
}

// A folder with a model m that has learnt text.txt. Tests leave both as they are.
const TemporaryFolder& trained_folder() {
  static const TemporaryFolder folder;
  static const Outcome trained = [] {
    write_text(folder);
    return run(folder, "letters train --text text.txt" + small + "--steps 200 --out m");
  }();
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK_THAT(trained.out, Contains("200/200") && Contains("bits a character") && Contains("letters write m"));
  CHECK(trained.out.find('\033') == std::string::npos);
  return folder;
}

// One line that begins with the program's name and has `wanted` in it.
void check_refused(const Outcome& outcome, int status, const std::string& wanted) {
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == status);
  CHECK_THAT(outcome.err, StartsWith("letters: ") && Contains(wanted));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

bool same_numbers(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.dtype() == y.second.dtype() && dispatch(x.second.dtype(), [&]<class T>() {
             return x.second.template to_vector<T>() == y.second.template to_vector<T>();
           });
  });
}

// Holds two trainings equal in all but the time they took.
void check_same_training(const std::string& a, const std::string& b) {
  CHECK(get_text(a + "/best") == get_text(b + "/best"));
  CHECK(log_of(a) == log_of(b));
  const auto one = gpt::load_checkpoint(a + "/last"), other = gpt::load_checkpoint(b + "/last");
  CHECK(same_numbers(state_dict(*one.model), state_dict(*other.model)));
  CHECK(same_numbers(one.training->optimiser, other.training->optimiser));
  CHECK(one.training->progress.steps == other.training->progress.steps);
  CHECK(one.training->progress.loss_sum == other.training->progress.loss_sum);
  CHECK(one.training->best_loss == other.training->best_loss);
}

}  // namespace

TEST_CASE("letters: training leaves a log, a line a validation, and learns") {
  const auto log = log_of(trained_folder() / "m");
  REQUIRE(log.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(log[i].at("step") == 40 * (i + 1));
    for (const char* key : {"train_loss", "held_out_loss", "held_out_bits", "learning_rate"})
      CHECK(log[i].at(key).is_number());
    CHECK(log[i].at("held_out_bits").get<double>() == Approx(log[i].at("held_out_loss").get<double>() / std::log(2.0)));
  }
  CHECK(log.back().at("held_out_loss").get<double>() < 0.3);
  CHECK(std::filesystem::exists(trained_folder() / "m/best"));
}

TEST_CASE("letters: a model writes what it has learnt, the same for the same seed") {
  const auto& folder = trained_folder();
  const auto greedy = run(folder, "letters write m 'the cat' --temperature 0 --length 59");
  CHECK(greedy.status == 0);
  CHECK(greedy.err.empty());
  CHECK(greedy.out == "the cat sees the dog.\nthe cat sees the dog.\nthe cat sees the dog.\n\n");
  // --top-k 1 and a tiny --top-p come to the same, by other ways.
  for (const std::string options : {"--top-k 1", "--top-p 1e-9", "--temperature 0 --seed 5"})
    CHECK(run(folder, "letters write m 'the cat' --length 59 " + options).out == greedy.out);
  const auto write = [&](const std::string& options) { return run(folder, "letters write m " + options).out; };
  const std::string warm = write("--temperature 3 --seed 1");
  CHECK(letters(warm).size() == 501);
  CHECK(warm == write("--temperature 3 --seed 1"));
  CHECK(warm != write("--temperature 3 --seed 2"));
  CHECK(write("--length 0") == "\n");
  CHECK(letters(write("--slide 16 --seed 1")).size() == 501);
  const auto list = run(folder, "letters write m '[a, t]' --length 0");  // to CLI11 a list of two
  CHECK(list.out == "a t\n");
  CHECK_THAT(list.err, Contains(": [ , ]"));
}

TEST_CASE("letters: what is written can be had as JSON") {
  const auto outcome = run(trained_folder(), "letters write m 'the cat s' --length 3 --temperature 0 --json");
  CHECK(json::parse(outcome.out) ==
        json{{"prompt", "the cat s"}, {"text", "the cat sees"}, {"unknown", json::array()}});
}

TEST_CASE("letters: a character that the model has never met is said in one line") {
  const auto outcome = run(trained_folder(), "letters write m 'thé ÿ猫cat' --length 0");
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "th cat\n");
  CHECK(outcome.err == "letters: the model has never met, and is not shown: é ÿ 猫\n");
  const auto control = run(trained_folder(), "letters write m \"$(printf '\\033[2J')\" --length 0");
  CHECK_THAT(control.err, Contains("\\x1b"));
  CHECK(control.err.find('\033') == std::string::npos);
}

TEST_CASE("letters: explain shows what each letter looked at, and its surprise") {
  const auto& folder = trained_folder();
  const auto text = run(folder, "letters explain m 'the cat' --svg cat.svg");
  CHECK(text.status == 0);
  CHECK_THAT(text.out, Contains("mean of 2 layers, mean of 2 heads") && Contains("entropy") && Contains("bits"));
  const std::string svg = get_text(folder / "cat.svg");
  CHECK_THAT(svg, StartsWith("<svg") && Contains("What each letter weighted: the cat"));

  std::vector<std::vector<std::vector<double>>> parts;
  for (const std::string layer : {"1", "2"})
    for (const std::string head : {"1", "2"})
      parts.push_back(
          json::parse(run(folder, "letters explain m 'the cat' --json --layer " + layer + " --head " + head).out)
              .at("weights"));
  const auto mean = json::parse(run(folder, "letters explain m 'the cat' --json").out);
  CHECK(mean.at("letters") == json{"t", "h", "e", " ", "c", "a", "t"});
  CHECK(mean.at("probabilities")[0].is_null());
  for (std::size_t t = 0; t < 7; ++t) {
    const auto& row = mean.at("weights")[t];
    REQUIRE(row.size() == t + 1);
    double sum = 0;
    for (std::size_t s = 0; s <= t; ++s) {
      sum += row[s].get<double>();
      double of_parts = 0;
      for (const auto& part : parts) of_parts += part[t][s] / 4;
      CHECK(row[s].get<double>() == Approx(of_parts).margin(1e-6));
    }
    CHECK(sum == Approx(1));
    if (t > 0) CHECK(mean.at("bits")[t].get<double>() == Approx(-std::log2(mean.at("probabilities")[t].get<double>())));
  }
  CHECK(parts[0] != parts[3]);
  check_refused(run(folder, "letters explain m 'the cat' --layer 3"), 2, "--layer 3: the model has 2 layers");
  check_refused(run(folder, "letters explain m 'the cat' --head 3"), 2, "--head 3: the model has 2 heads");
  check_refused(run(folder, "letters explain m 'the cat sees the dog'"), 1, "20 letters, and the model sees 16");
  CHECK_THAT(run(folder, "letters explain m t").out, Contains("t 100%"));
}

TEST_CASE("letters: a training that is stopped, or killed, goes on to the same bits") {
  const TemporaryFolder folder;
  write_text(folder);
  const std::string train = "letters train --text text.txt" + small +
                            "--dropout 0.1 --steps 60 --validate-every 10 --shards 3 --threads 2 --out ";
  REQUIRE(run(folder, train + "whole").status == 0);
  const auto stopped = run_until(folder, "20/60", SIGINT, train + "m");
  CHECK(stopped.status == 130);
  CHECK_THAT(stopped.out,
             Contains("go on with: " + from_anywhere(GLANCE_BIN_DIR "/letters") + " train --resume --out /"));
  CHECK(run_until(folder, "30/60", SIGKILL, "letters train --resume --out m").status == 128 + 9);
  // From elsewhere, on another number of threads.
  std::filesystem::create_directory(folder / "other");
  const auto resumed = run(folder, "cd other && letters train --resume --out ../m --threads 1");
  INFO(resumed.err);
  CHECK(resumed.status == 0);
  CHECK_THAT(resumed.out, Contains("going on after step"));
  check_same_training(folder / "whole", folder / "m");
  CHECK(run(folder, "ls -A m").out == "best\nlast\nlog.jsonl\n");
  // Once more: there is nothing left to do.
  CHECK(run(folder, "letters train --resume --out m").status == 0);
  check_same_training(folder / "whole", folder / "m");

  check_refused(run(folder, train + "m"), 1, "there is a training already");
  check_refused(run(folder, "letters train --resume --out m --steps 3"), 2, "--steps: --resume goes on with");
  check_refused(run(folder, "letters train --resume --out m --overwrite"), 2, "Leave one out");
  check_refused(run(folder, "letters train --resume --out none"), 1, "no training to go on with");
  check_refused(run(folder, "letters train --resume --out whole/best"), 1, "no training to go on with");
  put_text(folder / "text.txt", "something else, which is longer than the context of the model");
  check_refused(run(folder, "letters train --resume --out m"), 1, "is not the text that the training began with");
  std::filesystem::remove(folder / "text.txt");
  check_refused(run(folder, "letters train --resume --out m"), 1, "if it was moved, name it with --text");
  CHECK(run(folder, "letters write m --length 3").status == 0);
}

TEST_CASE("letters: the mean of the last weights is scored, kept, and resumed bit for bit") {
  const TemporaryFolder folder;
  write_text(folder);
  const std::string train = "letters train --text text.txt" + small + " --steps 50 --average 3 --out ";
  const auto whole = run(folder, train + "whole");
  INFO(whole.err);
  REQUIRE(whole.status == 0);
  CHECK_THAT(whole.out, Contains("mean of the last 2 ") && Contains("the mean of the last 3 is whole/average"));
  CHECK_THAT(get_text(folder / "whole/log.jsonl"), Contains("\"average\":{\"of\":3,"));
  CHECK(run(folder, "letters write whole/average --length 5").status == 0);
  const auto stopped = run_until(folder, "20/50", SIGINT, train + "part");
  REQUIRE((stopped.status == 130 || stopped.status == 0));
  REQUIRE(run(folder, "letters train --resume --out part").status == 0);
  CHECK(get_text(folder / "part/average") == get_text(folder / "whole/average"));
  CHECK(get_text(folder / "part/best") == get_text(folder / "whole/best"));
}

TEST_CASE("letters: patience ends a training that no longer gets better") {
  const TemporaryFolder folder;
  write_text(folder);
  const auto outcome = run(folder,
                           "letters train --text text.txt --layers 1 --heads 1 --width 8 --context 8 "
                           "--learning-rate 1e-9 --steps 500 --validate-every 1 --patience 2 --out m");
  CHECK(outcome.status == 0);
  const bool ended = outcome.out.find("no better for 2 validations") != std::string::npos;
  CHECK(ended == (outcome.out.find("500/500") == std::string::npos));
}

TEST_CASE("letters: any text in UTF-8 will do") {
  const TemporaryFolder folder;
  put_text(folder / "ten", "abcabcabca");
  put_text(folder / "two", "ab");
  put_text(folder / "same", std::string(500, 'a'));
  std::string chinese, emoji, windows;
  for (int i = 0; i < 40; ++i) {
    chinese += "我看见一只猫。";
    emoji += "👩‍🚀🇫🇷e\u0301☕️";
    windows += "one\r\ntwo\r\n";
  }
  put_text(folder / "chinese", chinese);
  put_text(folder / "emoji", emoji);
  put_text(folder / "windows", "\xef\xbb\xbf" + windows);
  put_text(folder / "latin", "caf\xe9 caf\xe9 caf\xe9 caf\xe9");
  const auto check = [&](const std::string& name, const std::string& options, const std::string& wanted) {
    INFO(name);
    const auto trained = run(folder, "letters train --text " + name + small + options + " --steps 30 --out m_" + name);
    INFO(trained.err);
    CHECK(trained.status == 0);
    CHECK_THAT(trained.out, Contains(wanted));
    const auto written = run(folder, "letters write m_" + name + " --length 40");
    CHECK(written.status == 0);
    return written.out;
  };
  check("ten", "", "context of 16: it is 9");
  check("two", "", "context of 16: it is 1");
  CHECK(check("same", "", "1 different") == std::string(40, 'a') + "\n");
  CHECK(letters(check("chinese", "", "7 different")).size() == 41);
  CHECK(letters(check("emoji", "", "4 different")).size() == 41);
  const std::string lines = check("windows", "", "6 different");
  CHECK(lines.find('\r') == std::string::npos);
  check("latin", "--split bytes", "256 different");
}

TEST_CASE("letters: bytes that no text has are learnt like others, and a line of any length is one") {
  const TemporaryFolder folder;
  std::string zeros, line;
  for (int i = 0; i < 60; ++i) zeros += std::string("a\0b\n", 4);
  for (int i = 0; i < 100000; ++i) line += "ab";
  put_text(folder / "zeros", zeros);
  put_text(folder / "line", line);
  for (const std::string name : {"zeros", "line"}) {
    const auto trained = run(folder, "letters train --text " + name + small + " --steps 20 --out m_" + name);
    INFO(name << trained.err);
    CHECK(trained.status == 0);
    const auto written = run(folder, "letters write m_" + name + " a --length 40");
    CHECK(written.status == 0);
    // Into a pipe they come as they are; a screen is shown their numbers (on_screen(),
    // letters_whole_characters_test.cpp).
    CHECK(written.out.find_first_not_of(std::string("a\0b\n", 4)) == std::string::npos);
  }
}

TEST_CASE("letters: hostile files and places are refused in one line, and nothing is left behind") {
  const TemporaryFolder folder;
  write_text(folder);
  put_text(folder / "empty", "");
  put_text(folder / "latin", "caf\xe9 au lait");
  const auto train = [&](const std::string& rest) { return run(folder, "letters train " + small + rest); };
  check_refused(train("--text empty --out m"), 1, "empty: is empty");
  check_refused(train("--text latin --out m"), 1, "byte 4 (0xe9): save the text as UTF-8, or take it with --split");
  check_refused(train("--text . --out m"), 1, ".: cannot be read");
  check_refused(train("--text none --out m"), 1, "none: ");
  put_text(folder / "one", "a");
  put_text(folder / "mark", "\xef\xbb\xbf");
  check_refused(train("--text one --out m"), 1, "one: 1 letter of text");
  check_refused(train("--text mark --out m"), 1, "mark: no letter of text");
  check_refused(run(folder, "truncate -s 4T huge && letters train --text huge --out m"), 1, "too much for the machine");
  check_refused(train("--text text.txt --out text.txt"), 1, "text.txt");
  check_refused(train("--text text.txt --out text.txt/below"), 1, "text.txt/below");
  check_refused(run(folder, "letters train --text text.txt --width 65536 --layers 256 --heads 8 --out m"), 1,
                "GB of memory");
  CHECK_FALSE(std::filesystem::exists(folder / "m"));
  check_refused(run(folder, "ulimit -f 4; letters train --text text.txt --out full"), 1, "full/");
}

TEST_CASE("letters: models that cannot be used are refused in one line") {
  const auto& folder = trained_folder();
  const std::string whole = get_text(folder / "m/best");
  put_text(folder / "cut", whole.substr(0, whole.size() / 2));
  std::string broken = whole;
  for (std::size_t i = broken.size() - 400; i < broken.size(); ++i) broken[i] = '\xff';  // NaN
  put_text(folder / "nan", broken);
  for (const std::string command : {"letters write ", "letters explain "}) {
    check_refused(run(folder, command + "cut the"), 1, "cut: ");
    check_refused(run(folder, command + "nan the"), 1, "nan: ");
    check_refused(run(folder, command + "text.txt the"), 1, "text.txt: ");
    check_refused(run(folder, command + "none the"), 1, "none: ");
    check_refused(run(folder, command + ". the"), 1, "a folder without a model");
    check_refused(run(folder, command + "m \"$(printf '\\377')\""), 1, "invalid UTF-8");
  }
  check_refused(run(folder, "letters explain m the --svg text.txt"), 1, "--svg text.txt: would be written over");
  if (std::filesystem::exists("/dev/full"))
    for (const std::string command :
         {"letters write m > /dev/full", "letters write m --json > /dev/full", "letters explain m the > /dev/full"})
      check_refused(run(folder, command), 1, "No space left");
}

TEST_CASE("letters: options that make no sense are refused with status 2") {
  const TemporaryFolder folder;
  check_refused(run(folder, "letters"), 2, "a command is missing");
  check_refused(run(folder, "letters wrote m"), 2, "not expected: wrote m");
  check_refused(run(folder, "letters write"), 2, "MODEL");
  check_refused(run(folder, "letters explain m"), 2, "TEXT");
  for (const std::string option :
       {"--heads 3", "--width 0", "--layers -1", "--context 0", "--dropout 1", "--steps 0", "--batch x",
        "--learning-rate nan", "--schedule square", "--positions some", "--held-out 1", "--split words", "--text ''",
        "--heads 64 --positions rotary --width 64", "--beta2 1", "--shards 0", "--threads 0", "--seed -1"})
    check_refused(run(folder, "letters train --out m " + option), 2, "letters train --help says more");
  for (const std::string option : {"--temperature -1", "--temperature nan", "--top-k 0", "--top-p 0", "--top-p 1.1",
                                   "--length -1", "--seed x", "--slide 0"})
    check_refused(run(folder, "letters write m " + option), 2, "letters write --help says more");
  CHECK_FALSE(std::filesystem::exists(folder / "m"));
  for (const std::string command : {"", "train ", "write ", "explain "})
    CHECK_THAT(run(folder, "letters " + command + "--help").out, Contains("Examples:\n"));
}
