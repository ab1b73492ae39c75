#include "examples/seq2seq/search.h"

#include <algorithm>
#include <cmath>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/examples/tiny_translator.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

constexpr Index words_in_all = 6;  // of the tiny translator's target

PaddedBatch sources_of(const std::vector<std::vector<Index>>& sources) {
  return pad_sequences(sources, Vocabulary::pad);
}

// The log probability of a whole translation by teacher forcing: another way than the searches take.
double log_probability(const Translator& model, const PaddedBatch& source, const std::vector<Index>& words) {
  std::vector<Index> fed = words;
  std::rotate(fed.begin(), fed.end() - 1, fed.end());
  fed.front() = Vocabulary::begin;
  const Tensor log_p = log_softmax(model.decode(model.encode(source), sources_of({fed})).logits.value(), -1);
  double sum = 0;
  for (std::size_t t = 0; t < words.size(); ++t)
    sum += select(select(select(log_p, 0, 0), 0, static_cast<Index>(t)), 0, words[t]).item();
  return sum;
}

// Every translation of at most `most` words, which end before or are stopped there.
void all_translations(Index most, const std::vector<Index>& start, std::vector<std::vector<Index>>& found) {
  for (Index word = 0; word < words_in_all; ++word) {
    std::vector<Index> longer = start;
    longer.push_back(word);
    if (word == Vocabulary::end || static_cast<Index>(longer.size()) == most)
      found.push_back(longer);
    else
      all_translations(most, longer, found);
  }
}

bool ended(const std::vector<Index>& words) { return words.back() == Vocabulary::end; }

}  // namespace

TEST_CASE("a beam that is wide enough finds what an exhaustive search finds") {
  const NoGrad no_grad;
  std::vector<std::vector<Index>> all;
  all_translations(4, {}, all);
  REQUIRE(all.size() == 1 + 5 + 25 + 125 + 625);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const Translator model = tiny_translator({}, seed);
    const PaddedBatch source = sources_of({{4, 6, 5}});
    std::vector<std::pair<double, std::vector<Index>>> scored;
    for (const auto& words : all)
      if (ended(words))
        scored.emplace_back(log_probability(model, source, words) / static_cast<double>(words.size()), words);
    std::sort(scored.rbegin(), scored.rend());

    const auto wide = beam_search(model, source, 2000, 4);
    REQUIRE(wide.size() == all.size());
    CHECK(wide[0].words == scored[0].second);
    CHECK(wide[0].log_probability / static_cast<double>(wide[0].words.size()) == Approx(scored[0].first));
    for (std::size_t i = 0; i < wide.size(); ++i) {
      CHECK(wide[i].stopped == !ended(wide[i].words));
      CHECK(wide[i].stopped == (i >= scored.size()));
      CHECK(wide[i].weights.size() == wide[i].words.size());
    }
    for (const Index width : {1, 2, 3, 10})
      for (const auto& narrow : beam_search(model, source, width, 4))
        CHECK(narrow.log_probability == Approx(log_probability(model, source, narrow.words)).epsilon(1e-4));
  }
}

TEST_CASE("a beam of one is the greedy search") {
  for (const ModelOptions& kind : all_kinds()) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Translator model = tiny_translator(kind, seed);
      const PaddedBatch source = sources_of({{5, 4, 4, 6}});
      const auto greedy = greedy_search(model, source).front();
      const auto beam = beam_search(model, source, 1);
      REQUIRE(beam.size() == 1);
      CHECK(beam[0].words == greedy.words);
      CHECK(beam[0].weights == greedy.weights);
      CHECK(beam[0].log_probability == Approx(greedy.log_probability));
      CHECK(beam[0].stopped == greedy.stopped);
    }
  }
}

TEST_CASE("a source is translated in a batch as it is alone") {
  for (const ModelOptions& kind : all_kinds()) {
    const Translator model = tiny_translator(kind, 2);
    const std::vector<std::vector<Index>> sources = {{4, 5, 6, 4}, {5}, {6, 4}};
    const auto together = greedy_search(model, sources_of(sources));
    REQUIRE(together.size() == 3);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto alone = greedy_search(model, sources_of({sources[i]})).front();
      CHECK(together[i].words == alone.words);
      CHECK(together[i].log_probability == Approx(alone.log_probability));
      REQUIRE(together[i].weights.size() == (kind.attention ? alone.words.size() : 0));
      for (std::size_t t = 0; t < alone.weights.size(); ++t) {
        REQUIRE(together[i].weights[t].size() == sources[i].size());
        for (std::size_t s = 0; s < sources[i].size(); ++s)
          CHECK(together[i].weights[t][s] == Approx(alone.weights[t][s]).margin(1e-6));
      }
    }
  }
}

TEST_CASE("a decoder that does not stop is stopped") {
  const Translator model = tiny_translator();
  model.output_bias.value().write<float>()[Vocabulary::end] = -1000;
  const auto greedy = greedy_search(model, sources_of({{4, 5, 6}, {4}}));
  CHECK(greedy[0].stopped);
  CHECK(static_cast<Index>(greedy[0].words.size()) == LengthBound()(3));
  CHECK(static_cast<Index>(greedy[1].words.size()) == LengthBound()(1));
  for (const auto& found : beam_search(model, sources_of({{4}}), 3)) {
    CHECK(found.stopped);
    CHECK(static_cast<Index>(found.words.size()) == LengthBound()(1));
  }
  CHECK(greedy_search(model, sources_of({{4}}), 2).front().words.size() == 2);
}

TEST_CASE("a model that is no longer finite still comes to an end") {
  const Translator model = tiny_translator();
  model.output_bias.value().write<float>()[3] = std::nanf("");
  CHECK(greedy_search(model, sources_of({{4, 5}})).size() == 1);
  CHECK_FALSE(beam_search(model, sources_of({{4, 5}}), 4).empty());
}

TEST_CASE("a beam takes one source and a width of at least one") {
  const Translator model = tiny_translator();
  CHECK_THROWS_WITH(beam_search(model, sources_of({{4}}), 0), Contains("width of 0"));
  CHECK_THROWS_WITH(beam_search(model, sources_of({{4}, {5}}), 2), Contains("2 sources"));
}
