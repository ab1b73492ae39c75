// Hides articles with and without what tells their gender, counts how often it is found, and finds the head that looks
// there.
#include "examples/gaps/probe.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "examples/gaps/sentences.h"
#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/lexicon.h"
#include "glance/autograd/modes.h"
#include "glance/nn/batch.h"
#include "glance/tensor/error.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace glance::gaps {

namespace {

using seq2seq::Role;
using seq2seq::Sentence;
using seq2seq::Vocabulary;
using seq2seq::lexicon::Gender;

// An article and what belongs to it, by places in the French sentence.
struct Article {
  std::size_t place, noun;
  std::vector<std::size_t> adjectives;
  bool apart = false;  // an adjective stands between article and noun
};

std::vector<Article> articles_of(const Sentence& sentence) {
  std::vector<Article> result;
  const auto& words = sentence.target;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].role != Role::article) continue;
    const std::size_t english_noun = words[i].agrees_with.value();
    Article article{i, 0, {}};
    for (std::size_t k = 0; k < words.size(); ++k) {
      if (words[k].role == Role::noun && words[k].says.front() == english_noun) article.noun = k;
      if (words[k].role == Role::adjective && words[k].agrees_with == english_noun) article.adjectives.push_back(k);
    }
    article.apart = article.noun > i + 1;
    result.push_back(std::move(article));
  }
  return result;
}

std::optional<Gender> gender_of(const std::string& word) {
  for (const auto& article : seq2seq::lexicon::articles) {
    if (word == article.masculine) return Gender::masculine;
    if (word == article.feminine) return Gender::feminine;
  }
  return {};
}

// A sentence with gaps, the article that is asked for, and its gender.
struct Question {
  Numbers sentence;
  Article article;
  Gender gender;
};

Numbers numbers_of(const Sentence& sentence, const Vocabulary& words) {
  Numbers numbers = words.indices(seq2seq::pair(sentence).target);
  if (std::find(numbers.begin(), numbers.end(), Vocabulary::unknown) != numbers.end())
    throw Error("probe: the model does not know all words of the built-in language");
  return numbers;
}

// The articles that `asked` takes, each hidden together with what `also` lists.
template <class Asked, class Also>
std::vector<Question> questions(const Model& model, const Vocabulary& words, const std::vector<Sentence>& sentences,
                                Asked&& asked, Also&& also) {
  std::vector<Question> result;
  for (const Sentence& sentence : sentences)
    for (const Article& article : articles_of(sentence)) {
      if (!asked(article)) continue;
      Question question{numbers_of(sentence, words), article, gender_of(sentence.target[article.place].text).value()};
      question.sentence[article.place] = model.mask();
      for (const std::size_t place : also(article)) question.sentence[place] = model.mask();
      result.push_back(std::move(question));
    }
  return result;
}

// Calls f(questions of a batch, what the model read of it) for all questions, those of like length together.
template <class F>
void read_all(const Model& model, const std::vector<Question>& all, F&& f) {
  const NoGrad no_grad;
  std::vector<std::size_t> lengths;
  for (const Question& question : all) lengths.push_back(question.sentence.size());
  for (const auto& numbers : seq2seq::alike_batches(lengths, 100)) {
    std::vector<Question> some;
    std::vector<Numbers> sentences;
    for (const std::size_t number : numbers) {
      some.push_back(all[number]);
      sentences.push_back(all[number].sentence);
    }
    const PaddedBatch padded = pad_sequences(sentences, Vocabulary::pad);
    f(some, model.read(padded.symbols, padded.lengths.visible_to_queries()));
  }
}

Counted count(const Model& model, const Vocabulary& words, std::string hidden, const std::vector<Question>& all) {
  Counted counted{std::move(hidden)};
  read_all(model, all, [&](const std::vector<Question>& some, const Model::Read& read) {
    const Tensor guesses = argmax(model.logits(read.hidden).value(), -1);
    for (std::size_t i = 0; i < some.size(); ++i) {
      const Tensor guess =
          select(select(guesses, 0, static_cast<Index>(i)), 0, static_cast<Index>(some[i].article.place));
      counted.right += gender_of(words.word(static_cast<Index>(guess.item()))) == some[i].gender;
      ++counted.all;
    }
  });
  return counted;
}

// Each head's weights at the hidden articles.
std::vector<HeadOnNoun> heads_on_noun(const Model& model, const std::vector<Question>& all) {
  std::vector<HeadOnNoun> heads;
  for (Index layer = 0; layer < model.options.layers; ++layer)
    for (Index head = 0; head < model.options.heads; ++head) heads.push_back({layer, head});
  read_all(model, all, [&](const std::vector<Question>& some, const Model::Read& read) {
    for (HeadOnNoun& head : heads) {
      const Tensor weights = select(read.weights[static_cast<std::size_t>(head.layer)].value(), 1, head.head);
      for (std::size_t i = 0; i < some.size(); ++i) {
        const auto row = select(select(weights, 0, static_cast<Index>(i)), 0, static_cast<Index>(some[i].article.place))
                             .to_vector<float>();
        const float on_noun = row[some[i].article.noun];
        head.weight += static_cast<double>(on_noun);
        head.most += on_noun == *std::max_element(row.begin(), row.end());
      }
    }
  });
  for (HeadOnNoun& head : heads) {
    head.weight /= static_cast<double>(all.size());
    head.most /= static_cast<double>(all.size());
  }
  return heads;
}

}  // namespace

const HeadOnNoun& Probe::best() const {
  return *std::max_element(heads.begin(), heads.end(),
                           [](const HeadOnNoun& a, const HeadOnNoun& b) { return a.weight < b.weight; });
}

Probe probe(const Model& model, const Vocabulary& words, const std::vector<Sentence>& sentences) {
  using Places = std::vector<std::size_t>;
  const auto any = [](const Article&) { return true; };
  const auto apart = [](const Article& article) { return article.apart; };
  const auto has_adjective = [](const Article& article) { return !article.adjectives.empty(); };
  const auto nothing = [](const Article&) { return Places(); };
  const auto adjectives = [](const Article& article) { return article.adjectives; };
  const auto noun = [](const Article& article) { return Places{article.noun}; };
  const auto noun_and_adjectives = [](const Article& article) {
    Places places = article.adjectives;
    places.push_back(article.noun);
    return places;
  };
  const auto counted = [&](const char* hidden, auto&& asked, auto&& also) {
    return count(model, words, hidden, questions(model, words, sentences, asked, also));
  };
  return {{counted("an article", any, nothing), counted("one that an adjective parts from its noun", apart, nothing),
           counted("an article and its adjectives", has_adjective, adjectives),
           counted("an article and its noun", any, noun),
           counted("an article, its noun and its adjectives", any, noun_and_adjectives)},
          heads_on_noun(model, questions(model, words, sentences, any, nothing))};
}

AttentionPicture picture_of(const Model& model, const Vocabulary& words, const std::vector<Sentence>& sentences,
                            Index layer, Index head) {
  const NoGrad no_grad;
  for (const Sentence& sentence : sentences) {
    const auto articles = articles_of(sentence);
    const auto found = std::find_if(articles.begin(), articles.end(), [](const Article& a) { return a.apart; });
    if (found == articles.end() || sentence.target.size() < 5 || sentence.target.size() > 7) continue;
    Numbers numbers = numbers_of(sentence, words);
    numbers[found->place] = model.mask();
    AttentionPicture picture;
    picture.source = seq2seq::pair(sentence).target;
    picture.source[found->place] = gap;
    picture.target = picture.source;
    const Tensor weights = select(
        model.read(pad_sequences(std::span(&numbers, 1)).symbols).weights.at(static_cast<std::size_t>(layer)).value(),
        1, head);
    for (std::size_t row = 0; row < numbers.size(); ++row) {
      const auto values = select(select(weights, 0, 0), 0, static_cast<Index>(row)).to_vector<float>();
      picture.weights.emplace_back(values.begin(), values.end());
    }
    return picture;
  }
  throw Error("probe: no sentence has an adjective between an article and its noun");
}

}  // namespace glance::gaps
