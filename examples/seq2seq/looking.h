#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/model.h"

// Whether attention looks where the grammar of the built-in language says that a word comes from.
namespace glance::seq2seq {

// Where attention looked for the words of the built-in language, against where these come from.
struct Looking {
  std::size_t articles = 0, participles = 0;  // how many were looked at
  double article_and_noun = 0;                // mean weight of an article on its English article and its noun together
  double article_noun = 0;                    // mean weight of an article on its noun alone
  double article_top = 0;                     // share of articles that weight one of these two words most
  double participle_verb = 0;                 // mean weight of a participle on its verb
};

// Weights by sentence, target word (a further row for the end is not looked at) and source word, of the right
// translation. A mean over nothing is 0. Throws Error if there are not as many weights as sentences, target words and
// source words.
Looking score_looking(std::span<const Sentence> sentences, std::span<const std::vector<std::vector<double>>> weights);

// The same of what a translator weights while it is fed the right translations; `examples` are the sentences as
// numbers. Error for one without attention.
Looking score_looking(const Translator& model, std::span<const Sentence> sentences, std::span<const Example> examples);

}  // namespace glance::seq2seq
