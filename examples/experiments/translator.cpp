// The small translator: its forward pass, its greedy writing, and how it is scored and trained.
#include "examples/experiments/translator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "examples/seq2seq/grammar.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/join.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace glance::experiments {

namespace {

using seq2seq::Batch;
using seq2seq::Example;
using seq2seq::Vocabulary;

constexpr Index longest = 64;  // sentence, which learned positions need to know
constexpr Index held_out = 400;

TransformerOptions block_options(const TranslatorOptions& o) {
  return {.feed_forward = 4 * o.width,
          .dropout = 0,
          .norm_first = o.norm_first,
          .rotary = o.positions == PositionKind::rotary};
}

std::vector<std::vector<std::size_t>> batches_to_score(std::span<const Example> examples) {
  return seq2seq::sorted_batches(examples, 100);
}

bool same_until_end(std::span<const std::int64_t> written, const std::vector<Index>& wanted) {
  return std::equal(wanted.begin(), wanted.end(), written.begin());
}

}  // namespace

SmallTranslator::SmallTranslator(const TranslatorOptions& o, Generator& g)
    : options(o),
      // As large as 1/√width, which grown is 1.
      source(o.source_words, o.width, g, {.deviation = 1 / std::sqrt(static_cast<double>(o.width))}),
      target(o.target_words, o.width, g, {.deviation = 1 / std::sqrt(static_cast<double>(o.width))}),
      source_positions(o.positions, longest, o.width, g),
      target_positions(o.positions, longest, o.width, g),
      encoder(o.width, o.heads, g, {.layers = o.layers}, block_options(o)),
      decoder(o.width, o.heads, g, {.layers = o.layers}, block_options(o)) {}

Variable SmallTranslator::embed(const Embedding& words, const Positions& positions, const Tensor& symbols,
                                Index from) const {
  const Variable x = words(symbols);
  return positions(options.grown ? x * std::sqrt(static_cast<double>(options.width)) : x, from);
}

Variable SmallTranslator::encode(const PaddedBatch& sources) const {
  return encoder(embed(source, source_positions, sources.symbols, 0), {.visible = sources.lengths.visible_to_queries()})
      .output;
}

Variable SmallTranslator::scores(const Variable& hidden) const { return matmul(hidden, transpose(target.weight)); }

Variable SmallTranslator::operator()(const Batch& batch) const {
  const Variable fed = embed(target, target_positions, batch.fed.symbols, 0);
  return scores(decoder(fed, encode(batch.sources), batch.sources.lengths.visible_to_queries()).output);
}

Tensor SmallTranslator::write(const PaddedBatch& sources, Index count) const {
  const NoGrad no_grad;
  const LayersKeysAndValues memory = decoder.project(encode(sources));
  const Tensor visible = sources.lengths.visible_to_queries();
  Tensor word = full({sources.symbols.shape()[0], 1}, Vocabulary::begin, i64);
  LayersKeysAndValues state;
  std::vector<Tensor> written;
  while (std::ssize(written) < count) {
    auto step = decoder.step(embed(target, target_positions, word, state.length()), state, memory, visible);
    state = std::move(step.state);
    word = argmax(scores(step.output).value(), -1);
    written.push_back(word);
  }
  return concat(written, 1);
}

double exactly_right(const SmallTranslator& model, std::span<const Example> examples) {
  double right = 0;
  for (const auto& numbers : batches_to_score(examples)) {
    const Batch batch = seq2seq::make_batch(examples, numbers);
    const Index count = batch.answers.shape()[1];
    const Tensor written = model.write(batch.sources, count);
    const auto words = written.values<std::int64_t>();
    for (std::size_t i = 0; i < numbers.size(); ++i)
      right += same_until_end(words.subspan(i * static_cast<std::size_t>(count), static_cast<std::size_t>(count)),
                              examples[numbers[i]].target);
  }
  return right / static_cast<double>(examples.size());
}

double loss_of(const SmallTranslator& model, std::span<const Example> examples, bool exchanged) {
  const NoGrad no_grad;
  std::vector<Example> asked(examples.begin(), examples.end());
  if (exchanged)
    for (std::size_t i = 0; i < asked.size(); ++i) asked[i].source = examples[(i + 1) % asked.size()].source;
  double sum = 0;
  Index words = 0;
  for (const auto& numbers : batches_to_score(asked)) {
    const Batch batch = seq2seq::make_batch(asked, numbers);
    sum += softmax_cross_entropy(model(batch), batch.answers,
                                 {.ignore_index = Vocabulary::pad, .reduction = Reduction::sum})
               .item();
    words += batch.count;
  }
  return sum / static_cast<double>(words);
}

seq2seq::Numbered sentences_to_translate(Index count, std::size_t longest_source, std::uint64_t seed) {
  auto train = seq2seq::pairs(seq2seq::sentences(static_cast<std::size_t>(count + held_out), seed, longest_source));
  const auto first_test = train.begin() + count;
  std::vector<seq2seq::Pair> test(first_test, train.end());
  train.erase(first_test, train.end());
  return seq2seq::number_words({std::move(train), std::move(test)});
}

double train(const std::string& name, const SmallTranslator& model, std::span<const Example> examples, const Plan& plan,
             const Settings& settings) {
  constexpr std::size_t batch_size = 32;
  Generator order(settings.seed, 0, 1);
  std::vector<std::vector<std::size_t>> batches;
  return train(name, named_parameters(model), plan, settings, [&](Index) {
    if (batches.empty()) batches = seq2seq::shuffled_batches(examples, batch_size, order);
    const Batch batch = seq2seq::make_batch(examples, batches.back());
    batches.pop_back();
    return softmax_cross_entropy(model(batch), batch.answers, {.ignore_index = Vocabulary::pad});
  });
}

}  // namespace glance::experiments
