// The recurrent translator gives the same in a batch and alone, at once and step by step, and never sees a later word
// or a pad.
#include "examples/seq2seq/recurrent_translator.h"

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/autograd/draw.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
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

bool close(const Tensor& a, const Tensor& b) { return all_close(a, b, 1e-5, 1e-6); }

}  // namespace

TEST_CASE("a padded batch is encoded and decoded as each pair alone") {
  for (const ModelOptions& kind : all_kinds()) {
    const RecurrentTranslator model = tiny_translator(kind);
    const Batch batch = batch_of({0, 1, 2, 3});
    const auto encoded = model.encode(batch.sources);
    const auto decoded = model.decode(encoded, batch.fed);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const auto row = static_cast<Index>(i);
      const Batch one = batch_of({i});
      const auto alone = model.encode(one.sources);
      const auto said = model.decode(alone, one.fed);
      const auto sources = static_cast<Index>(examples[i].source.size());
      const auto targets = static_cast<Index>(examples[i].target.size());
      CHECK(close(first(encoded.memory.value(), row, sources), select(alone.memory.value(), 0, 0)));
      for (std::size_t layer = 0; layer < alone.state.layers.size(); ++layer)
        CHECK(close(select(encoded.state.layers[layer].hidden.value(), 0, row),
                    select(alone.state.layers[layer].hidden.value(), 0, 0)));
      CHECK(close(first(decoded.logits.value(), row, targets), select(said.logits.value(), 0, 0)));
      if (kind.attention == "none") continue;
      const Tensor weights = first(decoded.weights.value(), row, targets);
      CHECK(close(slice(weights, 1, 0, sources), select(said.weights.value(), 0, 0)));
      const Tensor on_pads = slice(weights, 1, sources, weights.shape(1));
      CHECK(same(on_pads, zeros(on_pads.shape())));
    }
  }
}

TEST_CASE("what stands in the padding does not matter") {
  const RecurrentTranslator model = tiny_translator();
  const Batch batch = batch_of({0, 2});
  const Tensor before = model.decode(model.encode(batch.sources), batch.fed).logits.value();
  batch.sources.symbols.write<Index>()[1 * 4 + 3] = 5;
  batch.fed.symbols.write<Index>()[1 * 3 + 2] = 5;
  const Tensor after = model.decode(model.encode(batch.sources), batch.fed).logits.value();
  CHECK(same(select(before, 0, 0), select(after, 0, 0)));
  CHECK(same(first(before, 1, 1), first(after, 1, 1)));
}

TEST_CASE("teacher forcing gives what decoding step by step gives") {
  for (const ModelOptions& kind : all_kinds()) {
    const RecurrentTranslator model = tiny_translator(kind);
    const Batch batch = batch_of({0, 3});  // targets of one length
    const auto encoded = model.encode(batch.sources);
    const auto whole = model.decode(encoded, batch.fed);
    RecurrentStack::State state = encoded.state;
    for (Index t = 0; t < 3; ++t) {
      const auto step = model.step(encoded, contiguous(select(batch.fed.symbols, 1, t)), state);
      CHECK(close(step.logits.value(), select(whole.logits.value(), 1, t)));
      CHECK(step.weights.defined() == (kind.attention != "none"));
      if (kind.attention != "none") CHECK(close(step.weights.value(), select(whole.weights.value(), 1, t)));
      state = step.state;
    }
  }
}

TEST_CASE("a word is predicted from those before it alone") {
  const RecurrentTranslator model = tiny_translator();
  const Batch batch = batch_of({1});
  const Tensor before = model.decode(model.encode(batch.sources), batch.fed).logits.value();
  batch.fed.symbols.write<Index>()[3] = 5;
  const Tensor after = model.decode(model.encode(batch.sources), batch.fed).logits.value();
  CHECK(same(slice(before, 1, 0, 3), slice(after, 1, 0, 3)));
  CHECK_FALSE(close(slice(before, 1, 3, 4), slice(after, 1, 3, 4)));
}

TEST_CASE("visit lists every parameter, and the loss depends on each") {
  for (const ModelOptions& kind : all_kinds()) {
    const RecurrentTranslator model = tiny_translator(kind);
    const Batch batch = batch_of({0, 1, 2, 3});
    const auto decoded = model.decode(model.encode(batch.sources), batch.fed);
    CHECK_NOTHROW(check_parameters(
        model, softmax_cross_entropy(decoded.logits, batch.answers, {.ignore_index = Vocabulary::pad})));
    // The decoder's target embedding and the output weights are one.
    CHECK(static_cast<double>(parameter_count(model)) == parameters_of(model.options, model.kind));
  }
}

TEST_CASE("dropout needs noise, and without it nothing is random") {
  for (const ModelOptions& kind : all_kinds()) {
    ModelOptions dropping = kind;
    dropping.dropout = 0.5;
    const RecurrentTranslator model = tiny_translator(dropping), plain = tiny_translator(kind);
    const Batch batch = batch_of({0, 1});
    const auto logits = [&](const RecurrentTranslator& m, Generator* noise) {
      return m.decode(m.encode(batch.sources, noise), batch.fed, noise).logits.value();
    };
    CHECK(same(logits(model, nullptr), logits(plain, nullptr)));
    Generator one(1), again(1), other(2);
    const Tensor noisy = logits(model, &one);
    CHECK(same(noisy, logits(model, &again)));
    CHECK_FALSE(close(noisy, logits(model, &other)));
    CHECK_FALSE(close(noisy, logits(model, nullptr)));
    CHECK(same(logits(plain, &one), logits(plain, nullptr)));
  }
}

TEST_CASE("the attention can be replaced, and then decides what is seen") {
  RecurrentTranslator model = tiny_translator();
  const Batch batch = batch_of({0});
  model.attention = [](const Variable& query, const Variable&, const Variable& values, const Tensor&) {
    const Tensor weights = full({1, query.shape(1), values.shape(1)}, 0.25);
    return Attended{expand(mean(values, {1}, true), query.shape()), weights};
  };
  const auto decoded = model.decode(model.encode(batch.sources), batch.fed);
  CHECK(same(decoded.weights.value(), full({1, 3, 4}, 0.25)));
}

TEST_CASE("the graph of a training step names every parameter and frames each layer") {
  const RecurrentTranslator model = tiny_translator();
  const Batch batch = batch_of({0});
  const auto decoded = model.decode(model.encode(batch.sources), batch.fed);
  const std::string graph = draw_graph(softmax_cross_entropy(decoded.logits, batch.answers), named_parameters(model));
  for (const auto& [name, variable] : named_parameters(model))
    CHECK_THAT(graph, Contains("[label=\"" + name + "\\n" + to_string(variable.shape()) + "\", shape=box]"));
  for (const char* layer : {"source", "target", "encoder", "decoder", "combine"})
    CHECK_THAT(graph, Contains("label=\"" + std::string(layer) + "\"; fontname"));
  CHECK_THAT(graph, Contains("label=\"attend\\n[1, 3, 5]\\n[1, 3, 4]\"];"));
  CHECK_THAT(graph, !Contains("[label=\"parameter"));
}
