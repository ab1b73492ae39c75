// The Transformer gives the same in a batch and alone, cached and anew; its heads can be looked at, and hidden.
#include "examples/seq2seq/transformer_translator.h"

#include <cmath>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/search.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/examples/tiny_translator.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

const std::vector<Example> examples = {
    {{4, 5, 6, 4}, {4, 5, 2}}, {{5}, {5, 4, 4, 5, 2}}, {{6, 4}, {2}}, {{4, 6, 5, 5, 6}, {5, 5, 2}}};

Batch batch_of(std::initializer_list<std::size_t> numbers) { return make_batch(examples, std::vector(numbers)); }

Tensor first(const Tensor& x, Index row, Index count) { return slice(select(x, 0, row), 0, 0, count); }

bool close(const Tensor& a, const Tensor& b) { return all_close(a, b, 1e-4, 1e-5); }

// Greedy search as it is said in a sentence: the whole translation so far is read anew for each word.
Translation uncached_greedy(const Translator& model, const std::vector<Index>& source, Index most) {
  const NoGrad no_grad;
  Translation written;
  const PaddedBatch sources = pad_sequences({{source}}, Vocabulary::pad);
  while (static_cast<Index>(written.words.size()) < most) {
    std::vector<Index> fed = {Vocabulary::begin};
    fed.insert(fed.end(), written.words.begin(), written.words.end());
    const Tensor logits = model.decode(sources, pad_sequences({{fed}}, Vocabulary::pad)).logits.value();
    const auto log_p = log_softmax(select(select(logits, 0, 0), 0, logits.shape(1) - 1), -1).to_vector<float>();
    const auto best = std::max_element(log_p.begin(), log_p.end());
    written.words.push_back(best - log_p.begin());
    written.log_probability += static_cast<double>(*best);
    if (written.words.back() == Vocabulary::end) return written;
  }
  written.stopped = true;
  return written;
}

}  // namespace

TEST_CASE("a Transformer encodes and decodes a padded batch as each pair alone") {
  for (const ModelOptions& kind : all_transformers()) {
    const Translator model = tiny_transformer(kind);
    const Batch batch = batch_of({0, 1, 2, 3});
    const auto decoded = model.decode(batch.sources, batch.fed);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const auto row = static_cast<Index>(i);
      const Batch one = batch_of({i});
      const auto said = model.decode(one.sources, one.fed);
      const auto sources = static_cast<Index>(examples[i].source.size());
      const auto targets = static_cast<Index>(examples[i].target.size());
      CHECK(close(first(decoded.logits.value(), row, targets), select(said.logits.value(), 0, 0)));
      const Tensor weights = first(decoded.weights(), row, targets);
      CHECK(close(slice(weights, 1, 0, sources), select(said.weights(), 0, 0)));
      const Tensor on_pads = slice(weights, 1, sources, weights.shape(1));
      CHECK(same(on_pads, zeros(on_pads.shape())));
    }
  }
}

TEST_CASE("a Transformer steps as it decodes, with its cache of keys and values") {
  for (const ModelOptions& kind : all_transformers()) {
    const TransformerTranslator model = tiny_transformer(kind);
    const Batch batch = batch_of({0, 3});  // targets of one length
    const auto encoded = model.encode(batch.sources);
    const auto whole = model.decode(encoded, batch.fed);
    const Tensor weights = Translator(model).decode(batch.sources, batch.fed).weights();
    LayersKeysAndValues state = encoded.state;
    for (Index t = 0; t < 3; ++t) {
      const auto step = model.step(encoded, contiguous(select(batch.fed.symbols, 1, t)), state);
      CHECK(close(step.logits.value(), select(whole.logits.value(), 1, t)));
      CHECK(close(step.weights.value(), select(weights, 1, t)));
      CHECK(step.state.length() == t + 1);
      state = step.state;
    }
  }
}

TEST_CASE("cached search of a Transformer finds what reading all anew for each word finds") {
  const std::vector<std::vector<Index>> sources = {{4, 5, 6, 4}, {5}, {6, 4}, {4, 6, 5, 5, 6}};
  constexpr Index most = 8;
  for (const ModelOptions& kind : all_transformers())
    for (const std::uint64_t seed : {1U, 2U}) {
      const Translator model = tiny_transformer(kind, seed, 1.5);
      const auto together = greedy_search(model, pad_sequences(sources, Vocabulary::pad), [](Index) { return most; });
      for (std::size_t i = 0; i < sources.size(); ++i) {
        const Translation alone = uncached_greedy(model, sources[i], most);
        CHECK(together[i].words == alone.words);
        CHECK(together[i].stopped == alone.stopped);
        CHECK(std::abs(together[i].log_probability - alone.log_probability) <
              1e-5 * std::max(1.0, -alone.log_probability));
      }
      // Of every hypothesis of a beam the words are as likely as when they are fed.
      const auto beams = search(model, pad_sequences(sources, Vocabulary::pad),
                                {.width = 3, .results = 3, .most = [](Index) { return most; }});
      for (std::size_t i = 0; i < sources.size(); ++i)
        for (const Translation& found : beams[i]) {
          double sum = 0;
          for (const double p : look(model, {sources[i], found.words}).probabilities) sum += std::log(p);
          CHECK(found.log_probability == Approx(sum).epsilon(1e-5).margin(1e-5));
        }
    }
}

TEST_CASE("a Transformer predicts a word from those before it alone") {
  for (const ModelOptions& kind : all_transformers()) {
    const Translator model = tiny_transformer(kind);
    const Batch batch = batch_of({1});
    const Tensor before = model.decode(batch.sources, batch.fed).logits.value();
    batch.fed.symbols.write<Index>()[3] = 5;
    const Tensor after = model.decode(batch.sources, batch.fed).logits.value();
    CHECK(same(slice(before, 1, 0, 3), slice(after, 1, 0, 3)));
    CHECK_FALSE(close(slice(before, 1, 3, 4), slice(after, 1, 3, 4)));
  }
}

TEST_CASE("visit lists every parameter of a Transformer, and their number is known without making it") {
  for (const ModelOptions& kind : all_transformers()) {
    const TransformerTranslator model = tiny_transformer(kind);
    const Batch batch = batch_of({0, 1, 2, 3});
    const auto decoded = model.decode(model.encode(batch.sources), batch.fed);
    const Variable loss = softmax_cross_entropy(decoded.logits, batch.answers, {.ignore_index = Vocabulary::pad});
    CHECK_NOTHROW(check_parameters(model, loss));
    CHECK_NOTHROW(check_parameters(Translator(model), loss));
    CHECK(static_cast<double>(parameter_count(model)) == parameters_of(model.options, attention_choice("dot")));
  }
}

TEST_CASE("a Transformer's dropout needs noise, and without it nothing is random") {
  const Translator model = tiny_transformer({.dropout = 0.5}), plain = tiny_transformer();
  const Batch batch = batch_of({0, 1});
  const auto logits = [&](const Translator& m, Generator* noise) {
    return m.decode(batch.sources, batch.fed, noise).logits.value();
  };
  CHECK(same(logits(model, nullptr), logits(plain, nullptr)));
  Generator one(1), again(1);
  const Tensor noisy = logits(model, &one);
  CHECK(same(noisy, logits(model, &again)));
  CHECK_FALSE(close(noisy, logits(model, nullptr)));
}

TEST_CASE("learned positions bound what a Transformer reads and writes") {
  const TransformerTranslator learned = tiny_transformer({.positions = PositionKind::learned});
  const Translator sinusoidal = tiny_transformer();
  CHECK(Translator(learned).most_source() == 12);
  CHECK_FALSE(sinusoidal.most_source());
  CHECK(learned.most_words(10) == 12);
  CHECK(sinusoidal.most_words(10) == 30);
  const PaddedBatch longest = pad_sequences({{std::vector<Index>(13, 4)}}, Vocabulary::pad);
  CHECK_THROWS_WITH(learned.encode(longest), Contains("places 0 to 12 of a sequence, and 12 were learned"));
  CHECK_NOTHROW(greedy_search(learned, pad_sequences({{std::vector<Index>(12, 4)}}, Vocabulary::pad)));
}

TEST_CASE("options that make no Transformer are refused") {
  const auto made = [](ModelOptions options) {
    options.model = ModelKind::transformer;
    options.source_words = options.target_words = 5;
    Generator generator(1);
    return Translator(options, generator);
  };
  CHECK_THROWS_WITH(made({.embedding = 10, .heads = 4}),
                    "translator: 4 heads cannot share the 10 features of --embedding evenly");
  CHECK_THROWS_WITH(made({.embedding = 12, .heads = 4, .positions = PositionKind::rotary}),
                    "translator: rotary positions turn pairs of features: 12 of 4 heads are 3 each, an odd number");
  CHECK_THROWS_WITH(made({.positions = PositionKind::learned}),
                    "translator: its learned positions have no number of places");
  CHECK_THROWS_WITH(made({.feed_forward = 0}), "translator: its model options are out of range");
  CHECK_THROWS_WITH(made({.layers = 0}), "translator: its model options are out of range");
}

TEST_CASE("a Transformer is described") {
  CHECK(Translator(tiny_transformer({.layers = 2})).description() ==
        "Transformer of 2+2 layers with 2 heads, pre-norm, sinusoidal positions");
  CHECK(Translator(tiny_transformer({.positions = PositionKind::none, .norm_first = false})).description() ==
        "Transformer of 1+1 layers with 2 heads, post-norm, no positions");
}

TEST_CASE("looking at a Transformer gives every head of every attention") {
  const Translator model = tiny_transformer({.layers = 2});
  const Example example{{4, 6, 5}, {5, 4, 4, 2}};
  const Evidence evidence = look(model, example);
  REQUIRE(evidence.heads.size() == 3 * 2 * 2);
  for (const HeadWeights& of : evidence.heads) {
    const bool of_source = of.head.place == AttentionPlace::encoder,
               on_target = of.head.place == AttentionPlace::decoder;
    REQUIRE(of.weights.size() == (of_source ? 3 : 4));
    for (std::size_t t = 0; t < of.weights.size(); ++t) {
      REQUIRE(of.weights[t].size() == (on_target ? 4 : 3));
      double sum = 0;
      for (const double weight : of.weights[t]) sum += weight;
      CHECK(sum == Approx(1));
      if (on_target)
        for (std::size_t s = t + 1; s < 4; ++s) CHECK(of.weights[t][s] == 0);
    }
  }
  const auto mean = mean_over_heads(evidence.heads, AttentionPlace::cross, 1);
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t s = 0; s < 3; ++s) CHECK(evidence.weights[t][s] == Approx(mean[t][s]).margin(1e-6));
  CHECK_THROWS_WITH(mean_over_heads(evidence.heads, AttentionPlace::cross, 2),
                    "mean_over_heads: no cross attention in layer 2: count from 0");
}

TEST_CASE("a Transformer that may not see a word weights it with 0 in every head") {
  const Translator model = tiny_transformer({.layers = 2});
  const Example example{{4, 6, 5}, {5, 4, 2}};
  const auto without = hide_each(model, example);
  REQUIRE(without.size() == 3);
  for (std::size_t hidden = 0; hidden < 3; ++hidden) {
    for (const HeadWeights& of : without[hidden].heads)
      if (of.head.place == AttentionPlace::cross)
        for (const auto& row : of.weights) CHECK(row[hidden] == 0);
    const Evidence alone = look(model, example, hidden);
    for (std::size_t t = 0; t < 3; ++t)
      CHECK(without[hidden].probabilities[t] == Approx(alone.probabilities[t]).epsilon(1e-4));
  }
  const Translation written = search(model, pad_sequences({{example.source}}, 0), {.hidden = 1}).front().front();
  for (const auto& row : written.weights) CHECK(row[1] == 0);
}

TEST_CASE("a hidden head adds nothing, and the others say what they said") {
  const Translator model = tiny_transformer({.layers = 2});
  const Example example{{4, 6, 5}, {5, 4, 2}};
  const Evidence all = look(model, example);
  for (const HeadWeights& of : all.heads) {
    const Translator without = hide_head(model, of.head);
    const Evidence seen = look(without, example);
    double change = 0;
    for (std::size_t t = 0; t < 3; ++t) change += std::abs(seen.probabilities[t] - all.probabilities[t]);
    CHECK(change > 1e-6);
    // Both heads of an attention hidden, its values do not matter.
    const Translator none = hide_head(without, {of.head.place, of.head.layer, 1 - of.head.head});
    TransformerTranslator other = copy(std::get<TransformerTranslator>(none.held));
    if (of.head.place == AttentionPlace::cross && of.head.layer == 1) {
      float* values = other.decoder.layers[1].multihead_attn.in_proj_weight.value().write<float>();
      for (Index i = 2 * 8 * 8; i < 3 * 8 * 8; ++i) values[i] += 1;
      CHECK(look(other, example).probabilities == look(none, example).probabilities);
    }
  }
  CHECK(look(model, example).probabilities == all.probabilities);  // the model itself is as it was
  CHECK_THROWS_WITH(hide_head(model, {AttentionPlace::cross, 2, 0}),
                    "hide_head: no head 0 in layer 2 of a Transformer of 2+2 layers with 2 heads, pre-norm, sinusoidal "
                    "positions: count from 0");
  CHECK_THROWS_WITH(hide_head(tiny_translator(), {AttentionPlace::cross, 0, 0}),
                    "hide_head: no head 0 in layer 0 of a LSTM with dot attention: count from 0");
}
