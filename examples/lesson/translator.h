#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/looking.h"
#include "examples/seq2seq/training.h"
#include "glance/glance.h"

// The translator that chapters 6, 7 and 10 train, look at and break: small, so that it is trained in seconds.
namespace lesson {

using namespace glance;
using namespace glance::seq2seq;

// [data]
struct Data {
  std::vector<Sentence> test;  // 800 that are held out, with all that the grammar knows of them
  Numbered numbered;           // words by number: 7200 pairs to train on, and the 800
};

inline Data make_data(std::uint64_t seed, std::size_t max_words = 16) {
  std::vector<Sentence> all = sentences(8000, seed, max_words);
  const std::vector<Sentence> test(all.begin() + 7200, all.end());
  all.resize(7200);
  return {test, number_words({pairs(all), pairs(test)})};
}
// [data end]

// 200 of the held-out sentences: enough where they are looked at often.
inline Data few_held_out(Data data) {
  data.test.resize(200);
  data.numbered.test.resize(200);
  return data;
}

// [train]
// [model]
inline RecurrentTranslator new_translator(const Numbered& data, std::uint64_t seed, const Scorer& look = {},
                                          bool both_ways = false) {
  Generator generator(seed);
  const ModelOptions options{.source_words = data.source.size(),
                             .target_words = data.target.size(),
                             .embedding = 64,
                             .hidden = 64,
                             .bidirectional = both_ways};
  RecurrentTranslator model(options, generator);
  if (look) model.attention = look;
  return model;
}

inline TrainingOptions training_options(std::uint64_t seed) {
  return {.epochs = 2, .batch = 32, .learning_rate = 7e-3, .seed = seed};
}
// [model end]

inline RecurrentTranslator train(const Numbered& data, std::uint64_t seed, const Scorer& look = {},
                                 bool both_ways = false) {
  Workers workers(2);
  RecurrentTranslator model = new_translator(data, seed, look, both_ways);
  Trainer trainer(model, data.train, training_options(seed), workers);
  while (trainer.progress.steps < trainer.total_steps()) trainer.step();
  return model;
}
// [train end]

// On the held-out sentences.
inline Evaluation score(const Translator& model, const Numbered& data) {
  Workers workers(2);
  return evaluate(model, data.test, data.target, workers);
}

// [articles]
// How likely the right article is in the held-out sentences, on average, and how likely when attention may not see one
// English word: the noun that the article belongs to, the English article, or another noun.
struct Articles {
  double seen = 0, noun_hidden = 0, article_hidden = 0, other_noun_hidden = 0;
};

inline Articles hide_words(const Translator& model, const Data& data) {
  Articles sum;
  double articles = 0, others = 0;
  for (std::size_t i = 0; i < data.test.size(); ++i) {
    const Sentence& sentence = data.test[i];
    const Evidence all = look(model, data.numbered.test[i]);
    const std::vector<Evidence> without = hide_each(model, data.numbered.test[i]);  // each English word in turn
    for (std::size_t t = 0; t < sentence.target.size(); ++t) {
      const TargetWord& word = sentence.target[t];
      if (word.role != Role::article) continue;
      ++articles;
      sum.seen += all.probabilities[t];
      sum.noun_hidden += without[*word.agrees_with].probabilities[t];
      sum.article_hidden += without[word.says.front()].probabilities[t];
      for (const std::size_t noun : sentence.nouns) {
        if (noun == *word.agrees_with) continue;
        ++others;
        sum.other_noun_hidden += without[noun].probabilities[t];
      }
    }
  }
  return {sum.seen / articles, sum.noun_hidden / articles, sum.article_hidden / articles,
          sum.other_noun_hidden / others};
}
// [articles end]

// The table of chapters 7 and 10 in which translators are compared whose states know of their neighbours.
inline void print_looking_heading() {
  fmt::print("{:<18}{:>15}{:>20}{:>16}{:>18}\n", "states", "whole sentences", "weight on the noun", "right article",
             "its noun hidden");
}

inline void print_looking(const char* name, const Translator& model, const Data& data) {
  const double exact = score(model, data.numbered).exact;
  const double noun = score_looking(model, data.test, data.numbered.test).article_noun;
  const Articles articles = hide_words(model, data);
  fmt::print("{:<18}{:>15.2f}{:>20.2f}{:>16.2f}{:>18.2f}\n", name, exact, noun, articles.seen, articles.noun_hidden);
}

}  // namespace lesson
