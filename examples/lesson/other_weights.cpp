// Two translators that are right as often and look at other words: a trained one, and a copy of it that was trained on
// while it was pushed away from the weights of the first. The number on the command line is the seed; --seeds N shows
// the seeds 1 to N and the worst of them.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "examples/common/arguments.h"
#include "examples/common/heatmap.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// Which answers of a batch are words and no pads, f32 [batch, targets].
Tensor real_answers(const Batch& batch) { return to(not_equal(batch.answers, Vocabulary::pad), f32); }

// [overlap]
// How much of its weight each answer gives to words that the first translator weights, too: Σ a · b over the sources,
// and its mean over the answers. 0: they look at different words.
Variable overlap(const Variable& weights, const Tensor& of_first, const Batch& batch) {
  const Tensor real = real_answers(batch);
  return sum(sum(weights * of_first, {-1}) * real) / sum(real).item();
}
// [overlap end]

Tensor weights_of(const RecurrentTranslator& model, const Batch& batch) {
  const NoGrad no_grad;
  return model.decode(model.encode(batch.sources), batch.fed).weights.value();
}

// [push]
// A copy of the first, trained on for four epochs: to translate, and `push` times to look elsewhere.
RecurrentTranslator trained_on(const RecurrentTranslator& first, const Numbered& data, double push,
                               std::uint64_t seed) {
  const TrainingOptions options = training_options(seed);
  const RecurrentTranslator model = copy(first);
  const auto learnt = parameters(model);
  Adam adam(model, {.beta2 = options.beta2});
  Workers workers(1);
  const Index epochs = 4, total = epochs * (static_cast<Index>(data.train.size()) / options.batch);
  Index step = 0;
  for (Index epoch = 0; epoch < epochs; ++epoch) {
    Generator order(seed, static_cast<std::uint64_t>(epoch), 0);
    for (const auto& numbers : shuffled_batches(data.train, static_cast<std::size_t>(options.batch), order)) {
      const Batch batch = make_batch(data.train, numbers);
      const auto decoded = model.decode(model.encode(batch.sources), batch.fed);
      Variable loss = softmax_cross_entropy(decoded.logits, batch.answers, {.ignore_index = Vocabulary::pad});
      if (push > 0) loss = loss + push * overlap(decoded.weights, weights_of(first, batch), batch);
      const auto gradients = grad(loss, learnt);
      adam.rule.learning_rate = options.learning_rate * schedule_of(options, total)(step++);
      adam.step(gradients, clip_scale(global_norm(gradients, &workers), options.clip), &workers);
    }
  }
  return model;
}
// [push end]

// [distance]
// How far the weights of two translators are apart: half of Σ |a - b| over the sources, the share of the weight that
// lies elsewhere; the mean over all answers of the held-out sentences.
double distance(const RecurrentTranslator& a, const RecurrentTranslator& b, const Numbered& data) {
  double apart = 0, answers = 0;
  for (const auto& numbers : sorted_batches(data.test, 64)) {
    const Batch batch = make_batch(data.test, numbers);
    const Tensor real = real_answers(batch);
    apart += sum(sum(abs(weights_of(a, batch) - weights_of(b, batch)), {-1}) * real).item() / 2;
    answers += sum(real).item();
  }
  return apart / answers;
}
// [distance end]

// The first translator, a copy that was trained on, and a copy that was trained on and pushed away.
struct Three {
  RecurrentTranslator first, on, pushed;
};

Three train_three(const Data& data, std::uint64_t seed) {
  RecurrentTranslator first = train(data.numbered, seed);
  RecurrentTranslator on = trained_on(first, data.numbered, 0, seed);
  RecurrentTranslator pushed = trained_on(first, data.numbered, 2, seed);
  return {std::move(first), std::move(on), std::move(pushed)};
}

// [hidden]
// How likely the right noun is, on average, when attention may not see the English word that one translator, `whose`,
// weights most for it.
double without_top(const RecurrentTranslator& model, const RecurrentTranslator& whose, const Data& data) {
  double likely = 0, nouns = 0;
  for (std::size_t i = 0; i < data.test.size(); ++i) {
    const Evidence of_whose = look(whose, data.numbered.test[i]);
    const std::vector<Evidence> without = hide_each(model, data.numbered.test[i]);
    for (std::size_t t = 0; t < data.test[i].target.size(); ++t) {
      if (data.test[i].target[t].role != Role::noun) continue;
      const auto& row = of_whose.weights[t];
      const auto top = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
      likely += without[top].probabilities[t];
      ++nouns;
    }
  }
  return likely / nouns;
}
// [hidden end]

void print_picture(const char* name, const RecurrentTranslator& model, const Data& data, std::size_t number) {
  const Sentence& sentence = data.test[number];
  AttentionPicture picture;
  picture.source = sentence.source;
  picture.target = pair(sentence).target;
  const Evidence evidence = look(model, data.numbered.test[number]);
  picture.weights.assign(evidence.weights.begin(), evidence.weights.end() - 1);  // without that of the end mark
  fmt::print("\n{}\n{}", name, heatmap(picture, terminal_of(stdout)));
}

void print_row(const char* name, const RecurrentTranslator& model, const Three& three, const Data& data) {
  fmt::print("{:<12}{:>17.2f}{:>15.2f}{:>22.2f}{:>18.2f}\n", name, score(model, data.numbered).exact,
             distance(three.first, model, data.numbered), without_top(model, three.first, data),
             without_top(model, model, data));
  std::fflush(stdout);
}

// The first sentence of six words that both translate without a mistake; there are many.
std::size_t right_by_both(const Three& three, const Data& data) {
  Workers workers(1);
  const auto first = translate_all(three.first, data.numbered.test, workers);
  const auto pushed = translate_all(three.pushed, data.numbered.test, workers);
  for (std::size_t i = 0;; ++i) {
    const Example& example = data.numbered.test.at(i);
    if (example.source.size() == 6 && first[i].words == example.target && pushed[i].words == example.target) return i;
  }
}

void show(std::uint64_t seed) {
  const Data data = make_data(seed);
  const Three three = train_three(data, seed);
  fmt::print("{:<12}{:>17}{:>15}{:>22}{:>18}\n", "", "whole sentences", "weights apart", "first's top hidden",
             "own top hidden");
  print_row("first", three.first, three, data);
  print_row("trained on", three.on, three, data);
  print_row("pushed away", three.pushed, three, data);
  const std::size_t number = right_by_both(three, data);
  print_picture("first", three.first, data, number);
  print_picture("pushed away", three.pushed, data, number);
}

// What is claimed of the one that was pushed away: right as often, looking elsewhere, by a small weight on the word
// that the first looks at.
struct Claim {
  double fewer = 0, apart = 1, without_firsts = 0, without_own = 1;
};

Claim measure(std::uint64_t seed) {
  const Data data = make_data(seed);
  const Three three = train_three(data, seed);
  return {score(three.first, data.numbered).exact - score(three.pushed, data.numbered).exact,
          distance(three.first, three.pushed, data.numbered), without_top(three.pushed, three.first, data),
          without_top(three.pushed, three.pushed, data)};
}

void print_claim(const std::string& name, const Claim& claim) {
  fmt::print("{:<8}{:>22.3f}{:>15.2f}{:>22.2f}{:>18.2f}\n", name, claim.fewer, claim.apart, claim.without_firsts,
             claim.without_own);
  std::fflush(stdout);
}

void show_seeds(std::uint64_t seeds) {
  fmt::print("{:<8}{:>22}{:>15}{:>22}{:>18}\n", "pushed", "fewer sentences right", "weights apart",
             "first's top hidden", "own top hidden");
  Claim worst{.fewer = -1};
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Claim claim = measure(seed);
    print_claim(fmt::format("seed {}", seed), claim);
    worst = {std::max(worst.fewer, claim.fewer), std::min(worst.apart, claim.apart),
             std::max(worst.without_firsts, claim.without_firsts), std::min(worst.without_own, claim.without_own)};
  }
  print_claim("worst", worst);
}

}  // namespace

int main(int argc, char** argv) { run_with_seeds(argc, argv, show, show_seeds); }
