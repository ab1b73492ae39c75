// Adds up the weights that articles and participles have on the words they come from.
#include "examples/seq2seq/looking.h"

#include <algorithm>

#include <fmt/format.h>

#include "examples/seq2seq/weights.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {
namespace {

using Rows = std::vector<std::vector<double>>;

void check(const Sentence& sentence, const Rows& weights, std::size_t number) {
  const std::size_t words = sentence.target.size();
  if (weights.size() != words && weights.size() != words + 1)
    throw Error(fmt::format("score_looking: sentence {}: {} rows of weights for {} target words", number,
                            weights.size(), words));
  for (const auto& row : weights)
    if (row.size() < sentence.source.size())
      throw Error(fmt::format("score_looking: sentence {}: {} weights for {} source words", number, row.size(),
                              sentence.source.size()));
}

void add_article(const TargetWord& word, const std::vector<double>& row, Looking& sums) {
  const std::size_t article = word.says.front();
  const std::size_t noun = word.agrees_with.value();
  const auto top = static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
  ++sums.articles;
  sums.article_and_noun += row[article] + row[noun];
  sums.article_noun += row[noun];
  sums.article_top += top == article || top == noun;
}

void add_participle(const TargetWord& word, const std::vector<double>& row, Looking& sums) {
  ++sums.participles;
  for (const std::size_t verb : word.says) sums.participle_verb += row[verb];
}

double mean(double sum, std::size_t count) { return count == 0 ? 0 : sum / static_cast<double>(count); }

// The weights while the right translations are fed, by sentence, target word and source word.
std::vector<Rows> weights_of(const Translator& model, std::span<const Example> examples) {
  const NoGrad no_grad;
  std::vector<Rows> result(examples.size());
  for (const auto& numbers : sorted_batches(examples, 64)) {
    const Batch batch = make_batch(examples, numbers);
    const Tensor weights = model.decode(batch.sources, batch.fed).weights();
    for_each_answer(weights, batch.sources.lengths, batch.fed.lengths, [&](const AnswerWeights& of) {
      result[numbers[of.example]].emplace_back(of.on_words.begin(), of.on_words.end());
    });
  }
  return result;
}

}  // namespace

Looking score_looking(std::span<const Sentence> sentences, std::span<const Rows> weights) {
  if (weights.size() != sentences.size())
    throw Error(fmt::format("score_looking: weights of {} sentences for {}", weights.size(), sentences.size()));
  Looking sums;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    check(sentences[i], weights[i], i);
    for (std::size_t t = 0; t < sentences[i].target.size(); ++t) {
      const TargetWord& word = sentences[i].target[t];
      if (word.role == Role::article) add_article(word, weights[i][t], sums);
      if (word.role == Role::participle) add_participle(word, weights[i][t], sums);
    }
  }
  return {sums.articles,
          sums.participles,
          mean(sums.article_and_noun, sums.articles),
          mean(sums.article_noun, sums.articles),
          mean(sums.article_top, sums.articles),
          mean(sums.participle_verb, sums.participles)};
}

Looking score_looking(const Translator& model, std::span<const Sentence> sentences, std::span<const Example> examples) {
  return score_looking(sentences, weights_of(model, examples));
}

}  // namespace glance::seq2seq
