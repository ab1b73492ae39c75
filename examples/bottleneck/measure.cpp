// How a contender is trained and scored: sequences are drawn at random and never twice, and the right ones are counted
// by length.
#include "examples/bottleneck/measure.h"

#include <fmt/format.h>

#include <chrono>

#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/training.h"
#include "glance/nn/module.h"

namespace glance::bottleneck {

namespace {

using seq2seq::Example;
using seq2seq::Vocabulary;

// Symbols are numbered from here: the first numbers are marks.
constexpr Index first_symbol = Vocabulary::unknown + 1;

Index below(Index bound, Generator& generator) {
  return static_cast<Index>(generator.below(static_cast<std::uint64_t>(bound)));
}

// A random sequence, and the same backwards with the end mark.
Example reversal(Index length, Index symbols, Generator& generator) {
  Example example;
  for (Index i = 0; i < length; ++i) example.source.push_back(first_symbol + below(symbols, generator));
  example.target.assign(example.source.rbegin(), example.source.rend());
  example.target.push_back(Vocabulary::end);
  return example;
}

double share_right(const seq2seq::RecurrentTranslator& model, const std::vector<Example>& examples, Workers& workers) {
  const auto written = seq2seq::translate_all(model, examples, workers);
  double right = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) right += written[i].words == examples[i].target;
  return right / static_cast<double>(examples.size());
}

}  // namespace

std::string Contender::name() const {
  return fmt::format("{} {}{}", describe(cell).layer, width, attention ? " + attention" : "");
}

void measure(const Task& task, std::uint64_t seed, Workers& workers, const Progress& progress, Measured& measured) {
  const auto begin = std::chrono::steady_clock::now();
  Generator generator(seed);

  // One epoch of sequences that are all drawn anew: what is not seen twice cannot be learnt by heart.
  std::vector<Example> examples;
  for (Index i = 0; i < task.steps * task.batch; ++i)
    examples.push_back(reversal(1 + below(task.longest, generator), task.symbols, generator));

  const seq2seq::RecurrentTranslator model({.source_words = first_symbol + task.symbols,
                                            .target_words = first_symbol + task.symbols,
                                            .embedding = 32,
                                            .hidden = measured.contender.width,
                                            .attention = measured.contender.attention ? "dot" : "none",
                                            .cell = measured.contender.cell},
                                           generator);
  seq2seq::Trainer trainer(model, examples, {.epochs = 1, .batch = task.batch, .learning_rate = 4e-3, .seed = seed},
                           workers);
  while (trainer.progress.steps < trainer.total_steps()) {
    trainer.step();
    progress(trainer.progress.steps, trainer.mean_loss());
  }

  auto& accuracy = measured.accuracy.emplace_back();
  for (Index length = 1; length <= task.beyond(); ++length) {
    std::vector<Example> unseen;
    for (Index i = 0; i < task.scored; ++i) unseen.push_back(reversal(length, task.symbols, generator));
    accuracy.push_back(share_right(model, unseen, workers));
  }
  measured.parameters = parameter_count(model);
  measured.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace glance::bottleneck
