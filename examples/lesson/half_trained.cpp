// What half-trained translators write. How much of it is wrong, and in which ways, while one is trained; the number on
// the command line is the seed. With `twenty` it makes the wrong translations of chapter 13 as they stand in twenty.h:
// several translators translate, and the grammar picks what is wrong in one way alone. That takes a minute:
//
//   lesson_half_trained twenty > twenty.h && mv twenty.h examples/lesson/
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"
#include "examples/lesson/wrong_translation.h"

using namespace lesson;

namespace {

struct Recipe {
  std::string name;
  std::uint64_t seed;
  Index steps;
  ModelKind kind = ModelKind::recurrent;
  bool wrong_axis = false, shuffled = false;  // two mistakes of chapter 7
  std::map<Cause, int> wanted = {};           // how many of each cause to pick
  std::size_t longest = 10;                   // words of a source
};

// [recipes]
const std::vector<Recipe> recipes = {
    {.name = "LSTM, step 120", .seed = 2, .steps = 120, .wanted = {{Cause::agreement, 1}, {Cause::order, 1}}},
    {.name = "LSTM, step 120", .seed = 3, .steps = 120, .wanted = {{Cause::auxiliary, 1}, {Cause::dropped, 1}}},
    {.name = "LSTM, step 160", .seed = 1, .steps = 160, .wanted = {{Cause::repeated, 2}, {Cause::dropped, 1}}},
    {.name = "LSTM, step 160", .seed = 2, .steps = 160, .wanted = {{Cause::agreement, 1}, {Cause::negation, 1}}},
    {.name = "LSTM, step 160", .seed = 3, .steps = 160, .wanted = {{Cause::agreement, 1}}},
    {.name = "LSTM, step 200", .seed = 1, .steps = 200, .wanted = {{Cause::auxiliary, 1}}},
    {.name = "Transformer, step 300",
     .seed = 4,
     .steps = 300,
     .kind = ModelKind::transformer,
     .wanted = {{Cause::negation, 1}, {Cause::order, 1}, {Cause::dropped, 1}}},
    {.name = "Transformer, step 300",
     .seed = 1,
     .steps = 300,
     .kind = ModelKind::transformer,
     .wanted = {{Cause::auxiliary, 1}, {Cause::order, 1}},
     .longest = 14},
    {.name = "wrong axis", .seed = 1, .steps = 450, .wrong_axis = true, .wanted = {{Cause::future_leak, 2}}},
    {.name = "shuffled", .seed = 1, .steps = 450, .shuffled = true, .wanted = {{Cause::ignored_source, 2}}},
};
// [recipes end]

// As in chapter 7: over the targets, where it must be over the sources.
Attended over_targets(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  const Variable weights = softmax(attention_scores(query, keys), -2) * to(visible, f32);
  return {attention_context(weights, values), weights};
}

std::vector<Example> with_other_sources(std::vector<Example> examples, std::uint64_t seed) {
  Generator generator(seed);
  const auto order = permutation(static_cast<Index>(examples.size()), generator).to_vector<Index>();
  const std::vector<Example> own = examples;
  for (std::size_t i = 0; i < own.size(); ++i) examples[i].source = own[static_cast<std::size_t>(order[i])].source;
  return examples;
}

Translator half_trained(const Recipe& recipe, const Data& data) {
  Generator generator(recipe.seed);
  Translator model({.source_words = data.numbered.source.size(),
                    .target_words = data.numbered.target.size(),
                    .hidden = 64,
                    .model = recipe.kind},
                   generator);
  if (recipe.wrong_axis) std::get<RecurrentTranslator>(model.held).attention = over_targets;
  const std::vector<Example> examples =
      recipe.shuffled ? with_other_sources(data.numbered.train, recipe.seed) : data.numbered.train;
  Workers workers(1);
  Trainer trainer(model, examples, training_options(recipe.seed), workers);
  while (trainer.progress.steps < recipe.steps) trainer.step();
  return model;
}

// The probabilities of all words at each place, fed the right words before: [places, words].
Tensor probabilities(const Translator& model, const Example& example) {
  const NoGrad no_grad;
  const Batch batch = make_batch({&example, 1}, std::vector<std::size_t>{0});
  return select(softmax(model.decode(batch.sources, batch.fed).logits.value(), -1), 0, 0);
}

double loss(const Tensor& likely, const Example& example) {
  double sum = 0;
  for (std::size_t t = 0; t < example.target.size(); ++t)
    sum -= std::log(select(select(likely, 0, static_cast<Index>(t)), 0, example.target[t]).item());
  return sum / static_cast<double>(example.target.size());
}

// [clues]
// What is measured of a translation beside its words.
void measure(WrongTranslation& item, const Translator& model, const Numbered& data, std::size_t number) {
  const Example& example = data.test[number];
  const Tensor likely = probabilities(model, example);
  const auto guesses = argmax(likely, -1).to_vector<Index>();
  for (std::size_t t = 0; t < guesses.size(); ++t) item.forced_right += guesses[t] == example.target[t];
  item.loss = loss(likely, example);
  for (const std::size_t other : {1u, 2u, 3u, 4u, 5u}) {  // with the sources of five other sentences
    const Example wrong{data.test[(number + other) % data.test.size()].source, example.target};
    item.other_loss += loss(probabilities(model, wrong), wrong) / 5;
  }
  // How far a probability moves, at most, when a word that is fed later becomes another.
  for (std::size_t later = 1; later + 1 < example.target.size(); ++later) {
    Example changed = example;
    changed.target[later] = Vocabulary::unknown;  // fed to the place after it
    const Index before = static_cast<Index>(later) + 1;
    const Tensor moved = abs(slice(probabilities(model, changed), 0, 0, before) - slice(likely, 0, 0, before));
    item.leak = std::max(item.leak, max(moved).item());
  }
}
// [clues end]

void print(const WrongTranslation& item, bool first) {
  if (first) fmt::print("    // [first]\n");
  fmt::print("    {{.model = \"{}\",\n     .seed = {},\n     .number = {},\n     .written = \"{}\",\n", item.model,
             item.seed, item.number, item.written);
  fmt::print("     .forced_right = {},\n     .loss = {:.2f},\n     .other_loss = {:.2f},\n     .leak = {:.2f},\n",
             item.forced_right, item.loss, item.other_loss, item.leak);
  fmt::print("     .weights = {{");
  for (std::size_t t = 0; t < item.weights.size(); ++t)
    fmt::print("{}{{{}}}", t == 0 ? "" : ", ", fmt::join(item.weights[t], ", "));
  fmt::print("}}}},\n");
  if (first) fmt::print("    // [first end]\n");
}

void pick(Recipe recipe, int& picked) {
  const Data data = make_data(recipe.seed);
  const Translator model = half_trained(recipe, data);
  Workers workers(1);
  const auto translations = translate_all(model, data.numbered.test, workers);
  for (std::size_t i = 0; i < translations.size(); ++i) {
    auto words = words_of(translations[i], data.numbered.target);
    if (data.test[i].source.size() > recipe.longest || slips_of(data.test[i], words).empty()) continue;
    const bool endless = words.size() > 16;  // it did not stop by itself: a few words are enough
    if (endless) words.resize(8);
    WrongTranslation item{.model = recipe.name, .seed = recipe.seed, .number = 7200 + i};
    item.written = fmt::format("{}{}", fmt::join(words, " "), endless ? " …" : "");
    measure(item, model, data.numbered, i);
    for (std::size_t t = 0; t < words.size(); ++t) {
      item.weights.emplace_back();
      for (const double weight : translations[i].weights[t])
        item.weights.back().push_back(static_cast<int>(std::lround(100 * weight)));
    }
    const auto cause = cause_of(item, data.test[i]);
    if (cause && recipe.wanted[*cause]-- > 0) print(item, picked++ == 0);
  }
}

void print_twenty() {
  fmt::print("#pragma once\n\n#include \"examples/lesson/wrong_translation.h\"\n\n");
  fmt::print("// Twenty wrong translations of half-trained translators, as lesson_half_trained printed them.\n");
  fmt::print("namespace lesson {{\n\ninline const WrongTranslation twenty[] = {{\n");
  int picked = 0;
  for (const Recipe& recipe : recipes) pick(recipe, picked);
  fmt::print("}};\n\n}}  // namespace lesson\n");
}

// [row]
// Of all places at which the translations of the held-out sentences are wrong, how many are wrong in which way, in
// percent.
void print_row(Index step, const Translator& model, const Data& data, Workers& workers) {
  std::array<double, slip_count> places{};
  double all = 0, right = 0;
  const auto translations = translate_all(model, data.numbered.test, workers);
  for (std::size_t i = 0; i < translations.size(); ++i) {
    const auto wrong = slips_of(data.test[i], words_of(translations[i], data.numbered.target));
    for (const WrongPlace& place : wrong) ++places[static_cast<std::size_t>(place.slip)], ++all;
    right += wrong.empty();
  }
  fmt::print("{:>4}{:>7.2f}", step, right / static_cast<double>(translations.size()));
  for (const double of : places) fmt::print("{:>11.0f}", 100 * of / all);
  fmt::print("\n");
  std::fflush(stdout);
}
// [row end]

void print_counts(std::uint64_t seed) {
  const Data data = make_data(seed);
  Workers workers(1);
  const RecurrentTranslator model = new_translator(data.numbered, seed);
  Trainer trainer(model, data.numbered.train, training_options(seed), workers);
  fmt::print("step  right");
  for (std::size_t slip = 0; slip < slip_count; ++slip) fmt::print("{:>11}", name(static_cast<Slip>(slip)));
  fmt::print("\n");
  for (const int step : {100, 150, 200, 300}) {
    while (trainer.progress.steps < step) trainer.step();
    print_row(step, model, data, workers);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* arguments = "[SEED | twenty]";
  if (argc == 2 && std::string_view(argv[1]) == "twenty")
    print_twenty();
  else
    print_counts(seed_argument(argc, argv, arguments));
}
