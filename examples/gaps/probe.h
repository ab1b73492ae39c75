#pragma once

#include <string>
#include <vector>

#include "examples/gaps/model.h"
#include "examples/seq2seq/grammar.h"
#include "examples/common/heatmap.h"
#include "examples/seq2seq/vocabulary.h"

// The classic question to a model that fills gaps: does it know which words belong together? A French article has the
// gender of its noun, and the two may stand apart. So articles are hidden, and it is counted how many of the model's
// guesses have the right gender. (Which article it was, nobody can know: "le", "ce" and "mon" fit alike.)
namespace glance::gaps {

// How many guesses were right, of how many.
struct Counted {
  std::string hidden;  // what was, in words
  Index right = 0, all = 0;

  double share() const { return all > 0 ? static_cast<double>(right) / static_cast<double>(all) : 0; }
};

// How much of its weight a head gives, at a hidden article, to the article's noun.
struct HeadOnNoun {
  Index layer = 0, head = 0;  // counted from 0
  double weight = 0;          // mean
  double most = 0;            // share of articles of which no other word has more
};

// What was found.
struct Probe {
  std::vector<Counted> counted;   // the first is of all articles, with nothing else hidden
  std::vector<HeadOnNoun> heads;  // layer by layer

  // The head with most weight on the noun.
  const HeadOnNoun& best() const;
};

// Hides the articles of these sentences, one at a time. Error when the model does not know the language's words.
Probe probe(const Model& model, const seq2seq::Vocabulary& words, const std::vector<seq2seq::Sentence>& sentences);

// Where each word of a sentence looked, an article hidden: the first sentence of middling length in which an adjective
// stands between an article and its noun.
AttentionPicture picture_of(const Model& model, const seq2seq::Vocabulary& words,
                                     const std::vector<seq2seq::Sentence>& sentences, Index layer, Index head);

}  // namespace glance::gaps
