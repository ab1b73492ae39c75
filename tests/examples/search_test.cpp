// The search in batches finds what a plain one finds for each source alone, with no more steps than are needed.
#include "examples/seq2seq/search.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/examples/plain_search.h"
#include "tests/examples/tiny_translator.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

constexpr Index words_in_all = 6;  // of the tiny translator's target

PaddedBatch sources_of(const std::vector<std::vector<Index>>& sources) {
  return pad_sequences(sources, Vocabulary::pad);
}

// The log probability of a whole translation by teacher forcing: another way than the searches take.
double log_probability(const RecurrentTranslator& model, const PaddedBatch& source, const std::vector<Index>& words) {
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

MostWords at_most(Index words) {
  return [words](Index) { return words; };
}

// All that a beam of one source finds.
std::vector<Translation> beam_search(const RecurrentTranslator& model, const PaddedBatch& source, Index width,
                                     Index most = 0) {
  return search(model, source, {.width = width, .results = 100000, .most = most > 0 ? at_most(most) : MostWords()})[0];
}

void check_same(const Translation& found, const Translation& plain) {
  CHECK(found.words == plain.words);
  CHECK(found.stopped == plain.stopped);
  CHECK(found.log_probability == Approx(plain.log_probability).epsilon(1e-4));
  REQUIRE(found.weights.size() == plain.weights.size());
  for (std::size_t t = 0; t < plain.weights.size(); ++t) {
    REQUIRE(found.weights[t].size() == plain.weights[t].size());
    for (std::size_t s = 0; s < plain.weights[t].size(); ++s)
      CHECK(found.weights[t][s] == Approx(plain.weights[t][s]).margin(1e-5));
  }
}

// The one of the plain search that has the words of `found`: the one at `place`, or one that is as likely but for
// rounding, which another size of batch changes.
const Translation& alike(const Translation& found, const std::vector<Translation>& plain, std::size_t place) {
  const auto per_word = [](const Translation& t) { return t.log_probability / static_cast<double>(t.words.size()); };
  for (const Translation& other : plain)
    if (other.words == found.words && std::abs(per_word(other) - per_word(plain[place])) < 1e-6) return other;
  return plain[place];
}

const std::vector<std::vector<Index>> some_sources = {{4, 5, 6, 4, 5}, {5}, {6, 4}, {4, 4, 4}, {6, 5}, {5, 6, 4}};

}  // namespace

TEST_CASE("a beam that is wide enough finds what an exhaustive search finds") {
  const NoGrad no_grad;
  std::vector<std::vector<Index>> all;
  all_translations(4, {}, all);
  REQUIRE(all.size() == 1 + 5 + 25 + 125 + 625);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const RecurrentTranslator model = tiny_translator({}, seed);
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
      const RecurrentTranslator model = tiny_translator(kind, seed);
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
    const RecurrentTranslator model = tiny_translator(kind, 2);
    const std::vector<std::vector<Index>> sources = {{4, 5, 6, 4}, {5}, {6, 4}};
    const auto together = greedy_search(model, sources_of(sources));
    REQUIRE(together.size() == 3);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto alone = greedy_search(model, sources_of({sources[i]})).front();
      CHECK(together[i].words == alone.words);
      CHECK(together[i].log_probability == Approx(alone.log_probability));
      REQUIRE(together[i].weights.size() == (kind.attention != "none" ? alone.words.size() : 0));
      for (std::size_t t = 0; t < alone.weights.size(); ++t) {
        REQUIRE(together[i].weights[t].size() == sources[i].size());
        for (std::size_t s = 0; s < sources[i].size(); ++s)
          CHECK(together[i].weights[t][s] == Approx(alone.weights[t][s]).margin(1e-6));
      }
    }
  }
}

TEST_CASE("a search over a batch finds what a plain one finds source by source") {
  for (const ModelOptions& kind : all_kinds())
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      const RecurrentTranslator model = tiny_translator(kind, seed);
      for (const Index width : {1, 2, 3, 7}) {
        // Unequal bounds, by the length.
        const SearchOptions options{.width = width, .results = width, .most = [](Index n) { return 3 + 2 * n; }};
        const auto found = search(model, sources_of(some_sources), options);
        REQUIRE(found.size() == some_sources.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          INFO("seed " << seed << ", width " << width << ", source " << i);
          const auto length = static_cast<Index>(some_sources[i].size());
          const auto plain = plain_search(model, some_sources[i], width, 3 + 2 * length);
          REQUIRE(found[i].size() == std::min(plain.size(), static_cast<std::size_t>(width)));
          for (std::size_t j = 0; j < found[i].size(); ++j) check_same(found[i][j], alike(found[i][j], plain, j));
        }
      }
    }
}

TEST_CASE("of words that are equally likely the first is taken, in a batch as alone") {
  const RecurrentTranslator model = tiny_translator();
  // Whatever it has read, all words but the marks are the same to it.
  for (const Variable& p : parameters(model)) assign(p.value(), zeros(p.shape()));
  float* bias = model.output_bias.value().write<float>();
  bias[Vocabulary::begin] = bias[Vocabulary::pad] = -5;
  for (const Index width : {1, 2, 3, 4}) {
    const auto found = search(model, sources_of(some_sources), {.width = width, .results = width, .most = at_most(4)});
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto plain = plain_search(model, some_sources[i], width, 4);
      REQUIRE(found[i].size() >= static_cast<std::size_t>(width));
      for (std::size_t j = 0; j < found[i].size(); ++j) check_same(found[i][j], plain[j]);
    }
  }
}

TEST_CASE("the decoder steps for the hypotheses that are open, and no others") {
  const RecurrentTranslator model = tiny_translator({}, 2);
  for (const Index width : {1, 3}) {
    Index plain = 0, most_rows = 0, steps = 0, longest = 0;
    for (const auto& source : some_sources) {
      Index rows = 0;
      const auto found = plain_search(model, source, width, model.most_words(static_cast<Index>(source.size())), &rows);
      plain += rows;
      for (const auto& each : found) longest = std::max(longest, static_cast<Index>(each.words.size()));
    }
    Index rows = 0;
    SearchOptions options{.width = width};
    options.before_step = [&](Index count) {
      rows += count;
      most_rows = std::max(most_rows, count);
      ++steps;
    };
    search(model, sources_of(some_sources), options);
    CHECK(most_rows <= width * static_cast<Index>(some_sources.size()));
    CHECK(steps == longest);  // one for the whole batch, as long as any source is left
    if (width == 1)
      CHECK(rows == plain);
    else  // a source with fewer open hypotheses than another has rows to spare
      CHECK(rows <= plain * width);
    CHECK(rows < steps * width * static_cast<Index>(some_sources.size()));  // sources that have ended are gone
  }
}

TEST_CASE("a long source does not make the others of its batch long") {
  const RecurrentTranslator model = tiny_translator();
  model.output_bias.value().write<float>()[Vocabulary::end] = -1000;
  std::vector<std::vector<Index>> sources(40, {4, 5});
  sources.push_back(std::vector<Index>(300, 6));
  Workers workers(2);
  std::atomic<Index> rows = 0;
  SearchOptions options;
  options.before_step = [&](Index count) { rows += count; };
  const auto found = search_all(model, sources, workers, options);
  Index words = 0;
  for (const auto& each : found) words += static_cast<Index>(each.words.size());
  CHECK(words == 40 * model.most_words(2) + model.most_words(300));
  CHECK(rows == words);
}

TEST_CASE("all sources are translated in their order, on however many threads") {
  const RecurrentTranslator model = tiny_translator({}, 3);
  std::vector<std::vector<Index>> sources;
  for (std::size_t i = 0; i < 700; ++i) sources.push_back(std::vector<Index>(1 + (i * 7) % 90, 4 + i % 3));
  for (const Index width : {1, 4}) {
    Workers one(1), three(3);
    const SearchOptions options{.width = width, .most = at_most(6)};
    double last = 0;
    const auto found = search_all(model, sources, three, options, [&](double share) {
      CHECK(share >= last);
      last = share;
    });
    CHECK(last == Approx(1));
    const auto alone = search_all(model, sources, one, options);
    REQUIRE(found.size() == sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      CHECK(found[i].words == alone[i].words);
      CHECK(found[i].log_probability == alone[i].log_probability);  // to the bit
      CHECK(found[i].weights == alone[i].weights);
      if (i % 50 == 0) check_same(found[i], plain_search(model, sources[i], width, 6).front());
    }
  }
}

TEST_CASE("a search ends when it is told to") {
  struct Enough {};
  const RecurrentTranslator model = tiny_translator();
  const std::vector<std::vector<Index>> sources(1000, {4, 5, 6});
  Workers workers(2);
  int called = 0;
  CHECK_THROWS_AS(search_all(model, sources, workers, {},
                             [&](double) {
                               if (++called > 5) throw Enough();
                             }),
                  Enough);
  CHECK(called < 5 + 2 * 1000 / 64);  // each batch asks once more, and does nothing
}

TEST_CASE("weights are left out when they are not wanted") {
  const RecurrentTranslator model = tiny_translator();
  const auto with = search(model, sources_of(some_sources), {.width = 2})[0][0];
  const auto without = search(model, sources_of(some_sources), {.width = 2, .weights = false})[0][0];
  CHECK(with.words == without.words);
  CHECK(with.weights.size() == with.words.size());
  CHECK(without.weights.empty());
}

namespace {

// A model of another kind: it writes the source's words backwards, and its state counts. What it keeps for each row is
// no LSTM's, and it is searched all the same.
struct Backwards {
  struct Count {
    std::vector<Tensor> left;  // one i64 [rows]
    static void visit(auto& self, auto&& f) { f("left", self.left); }
  };
  struct Encoded {
    Tensor words;  // i64 [batch, sources]
    Count state;
    static void visit(auto& self, auto&& f) {
      f("words", self.words);
      f("state", self.state);
    }
  };
  struct Step {
    Variable logits, weights;
    Count state;
  };

  Index most_words(Index source_length) const { return source_length + 1; }

  Encoded encode(const PaddedBatch& sources) const { return {sources.symbols, {{sources.lengths.values}}}; }

  Step step(const Encoded& encoded, const Tensor& words, const Count& state) const {
    const Index rows = words.numel(), each = rows / encoded.words.shape(0);
    const Tensor logits = zeros({rows, 10}), left(Shape{rows}, i64);
    for (Index row = 0; row < rows; ++row) {
      const Index before = state.left[0].values<Index>()[static_cast<std::size_t>(row)];
      const Tensor source = select(encoded.words, 0, row / each);
      const Index next =
          before > 0 ? source.to_vector<Index>()[static_cast<std::size_t>(before - 1)] : Index{Vocabulary::end};
      logits.write<float>()[row * 10 + next] = 9;
      left.write<Index>()[row] = std::max<Index>(before - 1, 0);
    }
    return {logits, {}, {{left}}};
  }
};

}  // namespace

TEST_CASE("a model of any kind is searched") {
  for (const Index width : {1, 3}) {
    const auto found = search(Backwards(), sources_of({{4, 5, 6, 7}, {8}, {9, 4}}), {.width = width});
    CHECK(found[0][0].words == std::vector<Index>{7, 6, 5, 4, Vocabulary::end});
    CHECK(found[1][0].words == std::vector<Index>{8, Vocabulary::end});
    CHECK(found[2][0].words == std::vector<Index>{4, 9, Vocabulary::end});
  }
}

TEST_CASE("a decoder that does not stop is stopped") {
  const RecurrentTranslator model = tiny_translator();
  model.output_bias.value().write<float>()[Vocabulary::end] = -1000;
  const auto greedy = greedy_search(model, sources_of({{4, 5, 6}, {4}}));
  CHECK(greedy[0].stopped);
  CHECK(static_cast<Index>(greedy[0].words.size()) == model.most_words(3));
  CHECK(static_cast<Index>(greedy[1].words.size()) == model.most_words(1));
  for (const auto& found : beam_search(model, sources_of({{4}}), 3)) {
    CHECK(found.stopped);
    CHECK(static_cast<Index>(found.words.size()) == model.most_words(1));
  }
  CHECK(greedy_search(model, sources_of({{4}}), at_most(2)).front().words.size() == 2);
}

TEST_CASE("a model that is no longer finite still comes to an end") {
  const RecurrentTranslator model = tiny_translator();
  model.output_bias.value().write<float>()[3] = std::nanf("");
  CHECK(greedy_search(model, sources_of({{4, 5}})).size() == 1);
  CHECK_FALSE(beam_search(model, sources_of({{4, 5}}), 4).empty());
}

TEST_CASE("a beam has a width of at least one") {
  const RecurrentTranslator model = tiny_translator();
  CHECK_THROWS_WITH(search(model, sources_of({{4}}), {.width = 0}), Contains("width of 0"));
}
