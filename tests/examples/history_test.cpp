// Each thing that goes wrong in a training is told from a log in which it did, and nothing is from a good one.
#include "examples/seq2seq/history.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

LogRecord record(double epoch, double train, double test, double words, double exact) {
  LogRecord r;
  r.epoch = epoch;
  r.step = static_cast<Index>(100 * epoch);
  r.train_loss = train;
  r.test_loss = test;
  r.token_accuracy = words;
  r.exact = exact;
  r.bleu = 100 * exact;
  r.entropy = 0.3;
  r.gradient_norms = {{"source", 0.2}, {"encoder", 0.4}, {"decoder", 0.3}};
  return r;
}

// A training that went well.
TrainingHistory good() {
  TrainingHistory history;
  history.log = {record(1, 2, 1.8, 0.6, 0.1), record(2, 1, 0.9, 0.8, 0.5), record(3, 0.3, 0.4, 0.95, 0.85),
                 record(4, 0.2, 0.39, 0.96, 0.9)};
  history.learning_rate = 2e-3;
  history.clip = 1;
  history.epochs = 4;
  history.target_words = 179;
  history.held_out = HeldOut{};
  history.held_out->pairs = 100;
  history.held_out->words = 8;
  history.held_out->padding = 0;
  history.held_out->loss = 0.39;
  history.held_out->other_loss = 6;
  return history;
}

std::vector<std::string> names(const TrainingHistory& history) {
  std::vector<std::string> result;
  for (const Finding& finding : findings(history)) {
    CHECK(!finding.shown.empty());
    CHECK(!finding.advice.empty());
    CHECK(finding.shown.size() < 110);
    CHECK(finding.advice.size() < 110);
    result.push_back(finding.name);
  }
  return result;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a good training gives no finding, with its pairs and without") {
  TrainingHistory history = good();
  CHECK(names(history).empty());
  history.held_out.reset();
  CHECK(names(history).empty());
  history.log.clear();
  CHECK(names(history).empty());
}

TEST_CASE("a loss that is no number is found in the log, or as the end of it") {
  TrainingHistory history = good();
  history.log[2].train_loss = std::numeric_limits<double>::quiet_NaN();
  CHECK(names(history) == Names{"loss not finite"});
  history = good();
  history.log.push_back({});
  history.log.back().step = 412;
  history.log.back().failure = "training: the loss of step 413 is nan";
  const auto found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK(found[0].shown == "training: the loss of step 413 is nan");
  CHECK_THAT(found[0].advice, Contains("--rate 0.0007"));
}

TEST_CASE("a loss that stays where guessing is, and the rate that is too low or too high for it") {
  TrainingHistory history = good();
  history.log = {record(1, 5.18, 5.17, 0.1, 0), record(2, 5.12, 5.11, 0.1, 0)};
  history.learning_rate = 1e-6;
  auto found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "loss does not fall");
  CHECK_THAT(found[0].shown, Contains("5.18 to 5.12") && Contains("ln 179 = 5.19"));
  CHECK_THAT(found[0].advice, Contains("low") && Contains("--rate 3e-06"));
  history.learning_rate = 0.5;
  found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK_THAT(found[0].advice, Contains("too high") && Contains("--rate 0.2"));
  history.log.pop_back();
  CHECK(names(history) == Names{"loss does not fall"});
  // Low, and going on where another log ended: that is no loss that does not fall.
  history.log = {record(5, 0.9, 1, 0.9, 0.7), record(6, 0.89, 1, 0.9, 0.7)};
  CHECK(names(history).empty());
}

TEST_CASE("a loss that jumps is found at its step") {
  TrainingHistory history = good();
  history.log[2].train_loss = 3;
  const auto found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "loss jumps");
  CHECK_THAT(found[0].shown, Contains("1.00, and 3.00 at step 300"));
}

TEST_CASE("pairs learnt by heart show in two losses that part") {
  TrainingHistory history = good();
  history.log[3].test_loss = 0.6;
  auto found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "learns its pairs by heart");
  CHECK_THAT(found[0].shown, Contains("0.40 at epoch 3, 0.60 at the end"));
  history.log[3].test_loss = 0.42;  // a little worse is no reason
  CHECK(names(history).empty());
}

TEST_CASE("gradients that are all clipped, and one that does not arrive") {
  TrainingHistory history = good();
  for (LogRecord& r : history.log) r.gradient_norms[1].second = 5;
  CHECK(names(history) == Names{"always clipped"});
  history.log[1].gradient_norms[1].second = 0.5;  // not always
  CHECK(names(history).empty());
  history.log[3].gradient_norms[0].second = 1e-7;
  const auto found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "gradient does not arrive");
  CHECK_THAT(found[0].shown, Contains("source gets"));
  history.log[2].gradient_norms.clear();  // older logs have none
  CHECK(names(history).empty());
}

TEST_CASE("attention that stays uniform or looks at padding, and a source that is ignored") {
  TrainingHistory history = good();
  history.log[3].entropy = 0.97;
  CHECK(names(history) == Names{"attention stays uniform"});
  history = good();
  history.log[0].entropy = 0.97;  // as each begins
  CHECK(names(history).empty());
  history.held_out->padding = 0.2;
  CHECK(names(history) == Names{"attention looks at padding"});
  history = good();
  history.held_out->other_loss = 0.4;
  CHECK(names(history) == Names{"source ignored"});
  history.held_out->other_loss.reset();
  CHECK(names(history).empty());
}

TEST_CASE("right words that make no right sentences, and translations that are cut") {
  TrainingHistory history = good();
  history.log[3].exact = 0.2;
  const auto found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "right words, wrong sentences");
  CHECK_THAT(found[0].shown,
             Contains("words 96%") && Contains("sentences 20%") && Contains("0.96 to the power of 8 words is 72%"));
  history = good();
  history.held_out->cut = 0.1;
  CHECK(names(history) == Names{"translations are cut"});
}

TEST_CASE("words that were never seen are found first, and not also called an ignored source") {
  TrainingHistory history = good();
  history.held_out->unknown_targets = 0.96;
  history.held_out->ends = 1;
  history.held_out->other_loss = 0.39;
  auto found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "unknown targets");
  CHECK_THAT(found[0].shown, Contains("96% of the held-out target words") && Contains("only the ends are right"));
  CHECK_THAT(found[0].advice, Contains("--split characters"));
  CHECK_THAT(found[0].advice, !Contains("--min-count"));
  history.unit = Unit::characters;
  history.min_count = 2;
  CHECK_THAT(findings(history)[0].advice, !Contains("--split") && Contains("a lower --min-count"));
  history = good();
  history.held_out->unknown_sources = 0.3;
  CHECK(names(history) == Names{"unknown sources"});
}

TEST_CASE("a training that was getting better when it ended") {
  TrainingHistory history = good();
  history.log = {record(1, 3, 2.9, 0.4, 0), record(2, 2, 1.9, 0.6, 0.1), record(3, 1.5, 1.4, 0.7, 0.2)};
  history.epochs = 3;
  const auto found = findings(history);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "ended too early");
  CHECK_THAT(found[0].shown, Contains("by 25%"));
  CHECK_THAT(found[0].advice, Contains("--epochs 6"));
  history.over = false;
  CHECK(names(history).empty());
}

TEST_CASE("a log is read back, with what is missing in it, and a line that is none is named") {
  const TemporaryFolder folder;
  const std::string path = folder / "log.jsonl";
  put_text(path,
           R"({"epoch":0.5,"step":50,"seconds":1.5,"train_loss":2.5,"test_loss":null,"test_entropy":null})"
           "\n"
           R"({"epoch":1,"step":100,"seconds":3,"train_loss":null,"test_loss":2,"test_token_accuracy":0.5,)"
           R"("test_exact":0.25,"test_bleu":30,"test_entropy":0.5,"gradient_norms":{"encoder":0.5},"kernels":"x"})"
           "\n"
           R"({"step":120,"failure":"the loss is nan"})"
           "\n");
  const auto log = read_log(path);
  REQUIRE(log.size() == 3);
  CHECK(log[0].epoch == 0.5);
  CHECK_FALSE(log[0].test_loss);
  CHECK(log[0].gradient_norms.empty());
  CHECK(std::isnan(log[1].train_loss));
  CHECK(log[1].exact == 0.25);
  CHECK(log[1].gradient_norms.at(0).second == 0.5);
  CHECK(log[2].failure == "the loss is nan");
  CHECK(log[2].step == 120);
  put_text(path, "{\"epoch\":1}\n");
  CHECK_THROWS_WITH(read_log(path), path + ":1: is no line of a training's log");
  put_text(path, "{\"epoch\":1");
  CHECK_THROWS_WITH(read_log(path), Contains(":1: is no line"));
  CHECK_THROWS_WITH(read_log(folder / "none"), Contains("cannot be read"));
}
