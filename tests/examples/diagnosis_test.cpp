// Each fault of attention is noticed when it is there, and only then.
#include "examples/seq2seq/diagnosis.h"

#include <algorithm>

#include "examples/seq2seq/training.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/attention.h"
#include "glance/nn/module.h"
#include "tests/catch.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

// Words 4 to 7 in all orders and several lengths; the target says them in other words, the other way round.
std::vector<Example> some_examples() {
  std::vector<Example> examples;
  for (Index number = 0; number < 400; ++number) {
    Example example;
    Index rest = number * 7919 % 4096;
    for (Index place = 0; place < 2 + number % 4; ++place, rest /= 4) {
      example.source.push_back(4 + rest % 4);
      example.target.insert(example.target.begin(), 7 - rest % 4);
    }
    example.target.push_back(2);
    examples.push_back(example);
  }
  return examples;
}

RecurrentTranslator trained(const std::vector<Example>& examples) {
  Generator generator(1);
  RecurrentTranslator model({.source_words = 8, .target_words = 8, .embedding = 16, .hidden = 24}, generator);
  Workers workers(1);
  Trainer trainer(model, examples, {.epochs = 12, .batch = 16, .learning_rate = 0.02}, workers);
  while (trainer.progress.epochs < trainer.options.epochs) trainer.step();
  return model;
}

const std::vector<Example> examples = some_examples();

RecurrentTranslator healthy() { return trained(examples); }

Diagnosis diagnosis_of(const RecurrentTranslator& model) {
  Workers workers(1);
  return diagnose(model, examples, evaluate_forced(model, examples, workers), workers);
}

// The one complaint there is.
std::string complaint(const RecurrentTranslator& model) {
  const auto all = complaints(diagnosis_of(model));
  REQUIRE(all.size() == 1);
  return all[0].name + ": " + all[0].shown;
}

std::string joined(const Diagnosis& diagnosis) {
  std::string text;
  for (const auto& [name, shown, advice] : complaints(diagnosis)) text += name + ": " + shown + "; " + advice + "\n";
  return text;
}

}  // namespace

TEST_CASE("a healthy translator gives no cause for complaint") {
  const Diagnosis diagnosis = diagnosis_of(healthy());
  INFO(joined(diagnosis));
  CHECK(complaints(diagnosis).empty());
  CHECK(diagnosis.entropy.value() < 0.8);
  CHECK(diagnosis.padding.value() == 0);
  CHECK(diagnosis.loss < 0.3);
  CHECK(diagnosis.other_loss.value() > diagnosis.loss + 1);
}

TEST_CASE("uniform attention is noticed") {
  RecurrentTranslator broken = healthy();
  broken.attention = [](const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
    return attend(query * 0, keys, values, {.visible = visible});
  };
  CHECK(diagnosis_of(broken).entropy.value() == Approx(1));
  CHECK_THAT(complaint(broken), Contains("attention is uniform: its entropy is 1.00 of the largest"));
}

TEST_CASE("attention to padding is noticed") {
  RecurrentTranslator broken = healthy();
  broken.attention = [](const Variable& query, const Variable& keys, const Variable& values, const Tensor&) {
    return attend(query, keys, values);
  };
  const double padding = diagnosis_of(broken).padding.value();
  CHECK(padding > 1e-5);
  CHECK(padding < 1);
  CHECK_THAT(complaint(broken), Contains("attention looks at padding: ") && Contains("% of its weight"));
}

TEST_CASE("a translator that ignores the source is noticed") {
  const RecurrentTranslator blind = healthy();
  for (const auto& [name, variable] : named_parameters(blind))
    if (name.starts_with("encoder.")) {
      float* values = variable.value().write<float>();
      std::fill(values, values + variable.numel(), 0.0f);
    }
  const Diagnosis of_blind = diagnosis_of(blind);
  CHECK(of_blind.other_loss.value() == Approx(of_blind.loss));
  CHECK_THAT(joined(of_blind), Contains("ignores the source: the loss is "));

  // What is trained on sources that belong to other targets becomes a language model.
  std::vector<Example> shuffled = examples;
  for (std::size_t i = 0; i < shuffled.size(); ++i) shuffled[i].source = examples[(i * 7 + 3) % 400].source;
  CHECK_THAT(joined(diagnosis_of(trained(shuffled))), Contains("ignores the source"));
}

TEST_CASE("an untrained translator looks everywhere alike and ignores the source") {
  Generator generator(1);
  const RecurrentTranslator model({.source_words = 8, .target_words = 8, .embedding = 16, .hidden = 24}, generator);
  const auto all = complaints(diagnosis_of(model));
  REQUIRE(all.size() == 2);
  CHECK_THAT(all[0].name, Contains("uniform"));
  CHECK_THAT(all[1].name, Contains("ignores the source"));
}

TEST_CASE("what cannot be known is not complained about") {
  Workers workers(1);
  Generator generator(1);
  const RecurrentTranslator blindfold(
      {.source_words = 8, .target_words = 8, .embedding = 4, .hidden = 4, .attention = "none"}, generator);
  const Diagnosis diagnosis = diagnosis_of(blindfold);
  CHECK_FALSE(diagnosis.entropy);
  CHECK_FALSE(diagnosis.padding);
  CHECK(diagnosis.other_loss);
  const RecurrentTranslator model({.source_words = 8, .target_words = 8, .embedding = 4, .hidden = 4}, generator);
  const std::vector<Example> one = {examples[0]};
  CHECK_FALSE(diagnose(model, one, evaluate_forced(model, one, workers), workers).other_loss);
  CHECK(complaints(diagnose(model, {}, {}, workers)).empty());
}

TEST_CASE("targets that are unknown are named in the place of a source that is ignored") {
  std::vector<Example> unknown = examples;
  for (Example& example : unknown) std::fill(example.target.begin(), example.target.end() - 1, Vocabulary::unknown);
  CHECK(unknown_share(unknown, &Example::target) == 1);
  CHECK(unknown_share(unknown, &Example::source) == 0);
  CHECK(unknown_share({}, &Example::source) == 0);
  Generator generator(1);
  const RecurrentTranslator model({.source_words = 8, .target_words = 8, .embedding = 16, .hidden = 24}, generator);
  Workers workers(1);
  Evaluation forced = evaluate_forced(model, unknown, workers);
  forced.right_ends = 1;
  const auto all = complaints(diagnose(model, unknown, forced, workers));
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "attention is uniform");
  CHECK(all[1].name == "most target words are unknown");
  CHECK_THAT(all[1].shown, Contains("100%") && Contains("only the sentences' ends are right"));
  CHECK_THAT(all[1].advice, Contains("--split characters"));
}
