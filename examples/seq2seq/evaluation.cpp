// Scores a translator in batches: once fed the right words, once fed its own.
#include "examples/seq2seq/evaluation.h"

#include <algorithm>
#include <utility>

#include "examples/common/heatmap.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/score.h"
#include "examples/seq2seq/weights.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/reduce.h"

namespace glance::seq2seq {

namespace {

constexpr std::size_t batch_size = 64;

struct Forced {
  double loss_sum = 0, entropy_sum = 0;
  Index right = 0, right_ends = 0, answers = 0;
};

Forced score_forced(const Translator& model, const Batch& batch) {
  const NoGrad no_grad;
  const auto decoded = model.decode(batch.sources, batch.fed);
  Forced result{.answers = batch.count};
  result.loss_sum =
      softmax_cross_entropy(decoded.logits, batch.answers, {.ignore_index = Vocabulary::pad, .count = 1}).item();
  if (const Tensor weights = decoded.weights(); weights.defined())
    for_each_answer(weights, batch.sources.lengths, batch.fed.lengths, [&](const AnswerWeights& of) {
      result.entropy_sum += normalised_entropy(std::vector<double>(of.on_words.begin(), of.on_words.end()));
    });
  const Tensor guesses = argmax(decoded.logits.value(), -1);
  const auto guess = guesses.values<Index>();
  const auto answer = batch.answers.values<Index>();
  for (std::size_t i = 0; i < answer.size(); ++i) {
    if (answer[i] == Vocabulary::pad || guess[i] != answer[i]) continue;
    ++result.right;
    result.right_ends += answer[i] == Vocabulary::end;
  }
  return result;
}

// The words of the right translation. In the place of one that the vocabulary does not have stands none that a
// translation can have: the unknown mark would be matched by a model that answers with it.
std::vector<std::string> reference_of(const Example& example, const Vocabulary& vocabulary) {
  auto words = vocabulary.sentence(example.target);
  std::replace(words.begin(), words.end(), vocabulary.word(Vocabulary::unknown), std::string());
  return words;
}

}  // namespace

std::vector<Translation> translate_all(const Translator& model, std::span<const Example> examples, Workers& workers,
                                       const SearchOptions& options, const Meanwhile& meanwhile, const Ranks* ranks) {
  std::vector<std::vector<Index>> sources;
  for (const Example& example : examples) sources.push_back(example.source);
  return search_all(model, sources, workers, options, meanwhile, ranks);
}

Evaluation evaluate_forced(const Translator& model, std::span<const Example> examples, Workers& workers,
                           const Meanwhile& meanwhile, const Ranks* ranks) {
  if (examples.empty()) return {};
  const auto batches = sorted_batches(examples, batch_size);
  std::vector<Forced> forced(batches.size());
  const Ranks alone;
  const Ranks& job = ranks ? *ranks : alone;
  Tally tally(meanwhile, static_cast<double>(examples.size()));
  workers.run(static_cast<int>(batches.size()), [&](int i) {
    const auto& batch = batches[static_cast<std::size_t>(i)];
    if (!job.has(static_cast<std::size_t>(i))) return tally.add(static_cast<double>(batch.size()));
    tally.add(0);
    forced[static_cast<std::size_t>(i)] = score_forced(model, make_batch(examples, batch));
    tally.add(static_cast<double>(batch.size()));
  });
  job.share(std::span(forced));
  Forced total;
  for (const Forced& part : forced) {
    total.loss_sum += part.loss_sum;
    total.entropy_sum += part.entropy_sum;
    total.right += part.right;
    total.right_ends += part.right_ends;
    total.answers += part.answers;
  }
  const auto mean = [&](double sum) { return sum / static_cast<double>(total.answers); };
  Evaluation result;
  result.loss = mean(total.loss_sum);
  result.token_accuracy = mean(static_cast<double>(total.right));
  if (total.right > 0) result.right_ends = static_cast<double>(total.right_ends) / static_cast<double>(total.right);
  result.entropy = mean(total.entropy_sum);
  return result;
}

Evaluation evaluate(const Translator& model, std::span<const Example> examples, const Vocabulary& target,
                    Workers& workers, const SearchOptions& options, const Meanwhile& meanwhile,
                    std::vector<Translation>* written, const Ranks* ranks) {
  if (examples.empty()) return {};
  // Feeding the right words takes all steps at once, and about a quarter of the time.
  Evaluation result = evaluate_forced(model, examples, workers, part_of(meanwhile, 0, 0.25), ranks);
  SearchOptions without_weights = options;
  without_weights.weights = false;
  auto translations = translate_all(model, examples, workers, without_weights, part_of(meanwhile, 0.25, 1), ranks);
  std::vector<std::vector<std::string>> hypotheses, references;
  std::size_t exact = 0, right = 0, answered = 0;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const auto &words = translations[i].words, &answers = examples[i].target;
    const bool all_known = std::find(answers.begin(), answers.end(), Vocabulary::unknown) == answers.end();
    exact += all_known && words == answers;
    answered += answers.size();
    for (std::size_t t = 0; t < std::min(words.size(), answers.size()); ++t) right += words[t] == answers[t];
    hypotheses.push_back(words_of(translations[i], target));
    references.push_back(reference_of(examples[i], target));
  }
  result.free_accuracy = static_cast<double>(right) / static_cast<double>(answered);
  result.exact = static_cast<double>(exact) / static_cast<double>(examples.size());
  const Bleu score = bleu(hypotheses, references);
  result.bleu = score.score;
  result.bleu_order = score.order;
  if (written) *written = std::move(translations);
  return result;
}

std::vector<std::string> words_of(const Translation& translation, const Vocabulary& vocabulary) {
  return vocabulary.sentence(translation.words);
}

}  // namespace glance::seq2seq
