#pragma once

#include <span>
#include <string>
#include <vector>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/search.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/nn/ranks.h"
#include "glance/nn/workers.h"

// How good a translator is: loss, accuracy, BLEU, and how widely its attention is spread.
namespace glance::seq2seq {

struct Evaluation {
  double loss = 0;            // mean cross-entropy of every answer, teacher-forced
  double token_accuracy = 0;  // share of answers that are the likeliest word, teacher-forced
  double right_ends = 0;      // of these answers that are right, the share that are a sentence's end
  double free_accuracy = 0;   // share of answers that the translation has in the same place, fed its own words
  // Mean normalised entropy of the weights of each answer, teacher-forced; 0 without any. Of a Transformer, of the mean
  // over heads of the last cross-attention.
  double entropy = 0;
  // Of whole translations, where a target word that the vocabulary does not have is never right:
  double exact = 0;            // share of sources whose translation is the target, word for word
  double bleu = 0;             // of the translations, 0 to 100
  std::size_t bleu_order = 4;  // the longest n-grams that count in it (score.h)
};

// Translations of every example's source, in their order: greedy unless the options say otherwise. With `ranks`, as
// search_all().
std::vector<Translation> translate_all(const Translator& model, std::span<const Example> examples, Workers& workers,
                                       const SearchOptions& options = {}, const Meanwhile& meanwhile = {},
                                       const Ranks* ranks = nullptr);

// How good a translator is on examples; `target` gives the words back for BLEU. What it wrote, in the order of the
// examples and without weights, goes to `written`, if that is given. With `ranks`, each scores a part of the batches,
// and all get the same result, with the same bits as one alone.
Evaluation evaluate(const Translator& model, std::span<const Example> examples, const Vocabulary& target,
                    Workers& workers, const SearchOptions& options = {}, const Meanwhile& meanwhile = {},
                    std::vector<Translation>* written = nullptr, const Ranks* ranks = nullptr);

// Its teacher-forced part alone, without translating: loss, token_accuracy, right_ends and entropy.
Evaluation evaluate_forced(const Translator& model, std::span<const Example> examples, Workers& workers,
                           const Meanwhile& meanwhile = {}, const Ranks* ranks = nullptr);

// The words of a translation without the end mark.
std::vector<std::string> words_of(const Translation& translation, const Vocabulary& vocabulary);

}  // namespace glance::seq2seq
