// The program `gaps`, used as people use it, and misused as they misuse it.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "examples/common/shell.h"
#include "glance/tensor/create.h"
#include "glance/tensor/files/tensor_file.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

// A language in which what stands on the right decides what stands on the left: "le" goes with "chat" and "chien", "la"
// with "vache" and "souris".
void write_sentences(const TemporaryFolder& folder) {
  std::string text;
  const char* nouns[] = {"le chat", "le chien", "la vache", "la souris"};
  for (const std::string subject : nouns)
    for (const std::string verb : {"voit", "aime", "suit", "cherche"})
      for (const std::string object : nouns) text += subject + " " + verb + " " + object + "\n";
  put_text(folder / "text.txt", text);
}

const std::string small = " --width 16 --heads 2 --layers 1 --batch 16 --threads 2 ";

// A folder with a model m that has learnt text.txt. Tests leave both as they are.
const TemporaryFolder& trained_folder() {
  static const TemporaryFolder folder;
  static const Outcome trained = [] {
    write_sentences(folder);
    return run(folder, "gaps train --text text.txt" + small + "--steps 200 --rate 0.02 --out m");
  }();
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK_THAT(trained.out, StartsWith("text.txt: 64 sentences; ") && Contains("200/200") && Contains("m/model"));
  CHECK(trained.out.find('\033') == std::string::npos);
  CHECK(trained.err.empty());
  return folder;
}

// One line that begins with the program's name and has `wanted` in it.
void check_refused(const Outcome& outcome, int status, const std::string& wanted) {
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == status);
  CHECK_THAT(outcome.err, StartsWith("gaps: ") && Contains(wanted));
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
}

}  // namespace

TEST_CASE("gaps are filled from both sides") {
  const TemporaryFolder& folder = trained_folder();
  const auto filled = run(folder, "gaps fill m '_ vache voit le chien' '_ chien voit _ souris'");
  CHECK(filled.status == 0);
  CHECK_THAT(filled.out, StartsWith("la vache voit le chien\n  gap:  la ") &&
                             Contains("\nle chien voit la souris\n  gap 1:  le ") && Contains("\n  gap 2:  la "));
  const auto piped =
      run(folder, "printf '_ Vache voit le chien\\n\\n_ chat aime la vache' | gaps fill m/model --top 1");
  CHECK(piped.status == 0);
  CHECK(std::count(piped.out.begin(), piped.out.end(), '\n') == 4);
  CHECK_THAT(piped.out, StartsWith("la vache voit le chien\n") && Contains("\nle chat aime la vache\n"));

  const json line = json::parse(run(folder, "gaps fill m '_ vache voit le chien' --json --top 1000").out);
  CHECK(line.at("words") == json{"la", "vache", "voit", "le", "chien"});
  REQUIRE(line.at("gaps").size() == 1);
  CHECK(line["gaps"][0].at("place") == 1);
  double sum = 0;
  for (const auto& choice : line["gaps"][0].at("choices")) sum += choice.at("probability").get<double>();
  CHECK(sum == Approx(1).margin(0.01));
}

TEST_CASE("gaps says what it cannot fill") {
  const TemporaryFolder& folder = trained_folder();
  check_refused(run(folder, "gaps fill m 'la vache'"), 1, "no gap: write _ where a word is missing");
  check_refused(run(folder, "gaps fill m 'a _ a a a a a a a a'"), 1, "10 words: the model reads at most 5");
  check_refused(run(folder, "printf '_ x\\nx' | gaps fill m 2>&1 >&2 | tail -n 1 >&2; exit 1"), 1,
                "standard input:2: no gap");
  check_refused(run(folder, "gaps fill m \"$(printf '\\377 _')\""), 1, "UTF-8");
  const auto unknown = run(folder, "gaps fill m '_ giraffe voit le chien'");
  CHECK(unknown.status == 0);
  CHECK(unknown.err == "gaps: not in the model's vocabulary: giraffe\n");
  check_refused(run(folder, "gaps probe m"), 1, "was trained on a text");
  check_refused(run(folder, "gaps fill m '_ vache' > /dev/full"), 1, "cannot be written");
}

TEST_CASE("the same seed gives the same model, on any number of threads") {
  const TemporaryFolder folder;
  const auto model = [&](const std::string& options) {
    const std::string train =
        "gaps train --width 16 --heads 2 --layers 1 --steps 12 --dropout 0.1 --overwrite --out m ";
    INFO(options);
    CHECK(run(folder, train + options).status == 0);
    return get_text(folder / "m/model");
  };
  const std::string first = model("--threads 1");
  CHECK(model("--threads 3") == first);
  CHECK(model("--seed 2") != first);
  CHECK(model("--left-to-right") != first);
  CHECK(model("--shards 1") != first);
}

TEST_CASE("a training that was interrupted, or killed, goes on exactly") {
  const TemporaryFolder folder;
  write_sentences(folder);
  const std::string train = "gaps train --text text.txt --width 32 --heads 2 --layers 2 --batch 32 --steps 600 --out ";
  REQUIRE(run(folder, train + "whole").status == 0);
  const std::string whole = get_text(folder / "whole/model");

  const auto stopped = run_until(folder, " 100/600 ", SIGINT, train + "stopped");
  INFO(stopped.out << stopped.err);
  CHECK(stopped.status == 130);
  CHECK_THAT(stopped.out,
             Contains("and saved; go on with: " + from_anywhere(GLANCE_BIN_DIR "/gaps") + " train --resume --out /"));
  CHECK(get_text(folder / "stopped/model") != whole);
  const auto resumed = run(folder, "gaps train --resume --out stopped");
  CHECK(resumed.status == 0);
  CHECK_THAT(resumed.out, Contains("going on after step "));
  CHECK(get_text(folder / "stopped/model") == whole);

  CHECK(run_until(folder, " 100/600 ", SIGKILL, train + "killed").status == 137);
  CHECK(run(folder, "gaps train --resume --out killed").status == 0);
  CHECK(get_text(folder / "killed/model") == whole);
}

TEST_CASE("gaps keeps a training from being written over, and from going on with other sentences") {
  const TemporaryFolder folder;
  write_sentences(folder);
  const std::string train = "gaps train --text text.txt" + small + "--steps 2 --out m";
  REQUIRE(run(folder, train).status == 0);
  check_refused(run(folder, train), 1, "there is a training already");
  CHECK(run(folder, train + " --overwrite").status == 0);
  check_refused(run(folder, "gaps train --resume --out elsewhere"), 1, "no training to go on with");
  CHECK_FALSE(std::filesystem::exists(folder / "elsewhere"));
  CHECK(run(folder, "mkdir other && cd other && gaps train --resume --out ../m").status == 0);
  std::filesystem::rename(folder / "text.txt", folder / "moved.txt");
  check_refused(run(folder, "gaps train --resume --out m"), 1,
                "text.txt: is not there any more: if it was moved, name it with --text");
  CHECK(run(folder, "gaps train --resume --text moved.txt --out m").status == 0);
  put_text(folder / "moved.txt", get_text(folder / "moved.txt") + "le chat dort\n");
  check_refused(run(folder, "gaps train --resume --text moved.txt --out m"), 1, "was trained on other sentences");
}

TEST_CASE("gaps refuses text that it cannot use, in one line") {
  const TemporaryFolder folder;
  put_text(folder / "empty.txt", "");
  put_text(folder / "blank.txt", "\n \n");
  put_text(folder / "one.txt", "le chat\nle chat\n");
  put_text(folder / "bytes.txt", "le chat\nle chi\xff\x65n\n");
  put_text(folder / "long.txt", std::string(70000, 'a'));
  const auto refused = [&](const std::string& options, const std::string& wanted) {
    INFO(options);
    check_refused(run(folder, "gaps train --out x --text " + options), 1, wanted);
    CHECK_FALSE(std::filesystem::exists(folder / "x"));
  };
  refused("missing.txt", "missing.txt: cannot be opened");
  refused(".", "is a directory: name a file of sentences");
  refused("empty.txt", "empty.txt: holds no sentences: one on each line");
  refused("blank.txt", "holds no sentences");
  refused("one.txt", "holds one sentence over and over");
  refused("bytes.txt", "bytes.txt:2: ");
  refused("long.txt", "long.txt:1: ");
  refused("one.txt --max-words 1", "every sentence has more than 1 words");
  put_text(folder / "two.txt", "le chat\nla vache\n");
  refused("two.txt --min-count 9", "lower --min-count");
  refused("two.txt --width 4096 --layers 64 --batch 1000000", "GB of memory");
  CHECK(run(folder, "gaps train --text two.txt --steps 3 --out m").status == 0);
  put_text(folder / "chinese.txt", "\xef\xbb\xbf猫看狗\r\n狗看猫\r\n猫爱狗\r\n");
  CHECK(run(folder, "gaps train --text chinese.txt --split characters --steps 3 --out c").status == 0);
  CHECK_THAT(run(folder, "gaps fill c '猫_狗' --top 1").out, StartsWith("猫"));
}

TEST_CASE("gaps refuses files that are no models of its own") {
  const TemporaryFolder folder;
  const std::string model = get_text(trained_folder() / "m/model");
  const auto refused = [&](const std::string& wanted) {
    check_refused(run(folder, "gaps fill model '_ vache'"), 1, "model: ");
    CHECK_THAT(run(folder, "gaps fill model '_ vache'").err, Contains(wanted));
  };
  check_refused(run(folder, "gaps fill nothing '_ vache'"), 1, "nothing: ");
  put_text(folder / "model", model.substr(0, model.size() - 1));
  refused("");
  put_text(folder / "model", "no model");
  refused("safetensors");
  TensorFile file = load_safetensors(trained_folder() / "m/model");
  const auto damaged = [&](const std::string& key, const std::string& value) {
    Metadata metadata = file.metadata;
    metadata[key] = value;
    save_safetensors(folder / "model", file.tensors, metadata);
  };
  damaged("model", "{}");
  refused("the file is damaged");
  damaged("words", "[\"<pad>\"]");
  refused("");
  json options = json::parse(file.metadata.at("model"));
  options["width"] = 1e12;
  damaged("model", options.dump());
  refused("width is not a whole number");
  options["width"] = 1 << 20;
  damaged("model", options.dump());
  refused("do not have the shapes its options say");
  damaged("glance.gaps", "2");
  refused("of format \"2\"");
  save_safetensors(folder / "model", file.tensors, {});
  refused("not a model of gaps");
  file.tensors["bias"] = full(file.tensors["bias"].shape(), std::nan(""));
  save_safetensors(folder / "model", file.tensors, file.metadata);
  refused("bias");
}

TEST_CASE("a hidden article follows the gender of its noun, when both sides are seen") {
  if (!optimised) return;
  const TemporaryFolder folder;
  REQUIRE(run(folder, "gaps train --out m").status == 0);
  const json found = json::parse(run(folder, "gaps probe m --json").out);
  const auto share = [&](std::size_t i) {
    const json& counted = found.at("counted").at(i);
    return counted.at("right").get<double>() / counted.at("all").get<double>();
  };
  CHECK(found["counted"][0].at("all") > 1300);
  CHECK(share(0) >= 0.98);
  CHECK(share(4) <= 0.6);  // noun and adjectives hidden, too: nothing is left that tells
  double most = 0;
  for (const json& head : found.at("heads")) most = std::max(most, head.at("weight").get<double>());
  CHECK(most >= 0.3);
  const auto drawn = run(folder, "gaps probe m --layer 2 --head 4");
  CHECK(drawn.status == 0);
  CHECK_THAT(drawn.out,
             Contains("an article and its noun") && Contains("Layer 2, head 4, in one of them:") && Contains(" _ "));
  check_refused(run(folder, "gaps probe m --layer 3"), 1, "--layer 3: the model has 2");
}

TEST_CASE("gaps compares what both sides are worth") {
  if (!optimised) return;  // it is examined on sentences by the thousand
  const TemporaryFolder folder;
  const std::string command = "gaps compare --steps 3 --width 16 --heads 2 --layers 1 ";
  const auto compared = run(folder, command + "--seeds 2");
  CHECK(compared.status == 0);
  CHECK_THAT(compared.out, StartsWith("reads ") && Contains("gender of a hidden article") &&
                               Contains("\nboth sides        2 ") && Contains("\nleft to right     2 "));
  CHECK(run(folder, command + "--seeds 2 --threads 1").out == compared.out);
  CHECK(std::filesystem::exists(folder / "out") == false);
}

TEST_CASE("gaps refuses wrong options and has help with examples") {
  const TemporaryFolder folder;
  for (const char* options :
       {"", "nonsense", "train --steps 0", "train --steps many", "train --width 65", "train --hidden 0",
        "train --split words", "train --text ''", "train --resume --overwrite", "train --resume --steps 3",
        "train --resume --left-to-right", "fill", "probe m --head 0", "compare --seeds 0", "compare x"}) {
    INFO(options);
    const auto outcome = run(folder, std::string("gaps ") + options);
    CHECK(outcome.out.empty());
    check_refused(outcome, 2, "--help");
  }
  for (const char* command : {"", "train ", "fill ", "probe ", "compare "})
    CHECK_THAT(run(folder, std::string("gaps ") + command + "--help").out, Contains("Example"));
}
