// The sentences to learn from, of the built-in language or of a file, as numbers of a vocabulary.
#include "examples/gaps/sentences.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "examples/seq2seq/corpus.h"
#include "examples/seq2seq/split_mix.h"
#include "glance/tensor/error.h"

namespace glance::gaps {

namespace {

using seq2seq::Pair;
using seq2seq::Vocabulary;

constexpr std::size_t builtin_sentences = 8000, builtin_test = 800;

// The seq2seq's tools go by pairs: a sentence is the source of one without a target.
std::vector<Numbers> numbers_of(const std::vector<Pair>& sentences, const Vocabulary& words) {
  std::vector<Numbers> result;
  for (const Pair& sentence : sentences) result.push_back(words.indices(sentence.source));
  return result;
}

Data make(const seq2seq::Split& split, std::size_t min_count) {
  Data data;
  data.words = Vocabulary::of(split.train, &Pair::source, min_count);
  data.train = numbers_of(split.train, data.words);
  data.test = numbers_of(split.test, data.words);
  return data;
}

Data builtin(std::uint64_t seed) {
  auto all = seq2seq::sentences(builtin_sentences, seed);
  std::vector<Pair> french;
  for (const Pair& pair : seq2seq::pairs(all)) french.push_back({pair.target, {}});
  const auto first_test = french.begin() + (builtin_sentences - builtin_test);
  seq2seq::Split split{{french.begin(), first_test}, {first_test, french.end()}};
  seq2seq::remove_seen(split.train, split.test);  // two English sentences may be one in French
  Data data = make(split, 1);
  data.grammar.assign(std::make_move_iterator(all.begin() + (builtin_sentences - builtin_test)),
                      std::make_move_iterator(all.end()));
  data.summary = fmt::format("French sentences of the built-in language: {} to learn from, {} held out",
                             data.train.size(), data.test.size());
  return data;
}

Data from_file(const DataOptions& o) {
  const seq2seq::ReadOptions reading{.max_words = static_cast<std::size_t>(o.longest), .text = o.split};
  auto corpus = seq2seq::read_sentences(o.text, reading);
  const std::string described = seq2seq::describe(corpus, reading);
  seq2seq::Split split;
  try {
    split = seq2seq::hold_out(std::move(corpus.pairs), o.held_out, o.seed);
  } catch (const Error&) {
    throw Error(fmt::format("{}: holds one sentence over and over: two different ones are needed", o.text));
  }
  Data data = make(split, static_cast<std::size_t>(o.min_count));
  if (data.words.size() == Vocabulary().size())
    throw Error(fmt::format("{}: no word is there {} times: lower --min-count", o.text, o.min_count));
  data.summary = fmt::format("{}: {}; {} to learn from, {} held out", one_line(o.text), described, data.train.size(),
                             data.test.size());
  return data;
}

}  // namespace

Index Data::longest() const {
  std::size_t most = 1;
  for (const auto* part : {&train, &test})
    for (const Numbers& sentence : *part) most = std::max(most, sentence.size());
  return static_cast<Index>(most);
}

std::uint64_t Data::fingerprint() const {
  std::uint64_t hash = 0;
  for (const auto* part : {&train, &test})
    for (const Numbers& sentence : *part) {
      for (const Index number : sentence) hash = seq2seq::scramble(hash + static_cast<std::uint64_t>(number) + 1);
      hash = seq2seq::scramble(hash);
    }
  return hash;
}

Data load(const DataOptions& options) { return options.text.empty() ? builtin(options.seed) : from_file(options); }

}  // namespace glance::gaps
