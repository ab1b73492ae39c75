// The Transformer's forward pass: encode, then decode all target words at once, or step by step with a cache.
#include "examples/seq2seq/transformer_translator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/products.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/init.h"
#include "glance/tensor/view.h"

namespace glance::seq2seq {

namespace {

// Checked before any member is made of them, which would say less of what is wrong.
const ModelOptions& checked(const ModelOptions& o) {
  if (const auto problem = problem_of(o)) throw Error(fmt::format("translator: {}", *problem));
  return o;
}

double root(Index width) { return std::sqrt(static_cast<double>(width)); }

Embedding make_embedding(Index words, const ModelOptions& o, Generator& generator) {
  return Embedding(words, o.embedding, generator, {.deviation = 1 / root(o.embedding)});
}

// Learned positions start as large as sinusoids are.
Positions make_positions(const ModelOptions& o, Generator& generator) {
  return Positions(o.positions, o.places, o.embedding, generator, {.deviation = std::sqrt(0.5)});
}

TransformerOptions block_options(const ModelOptions& o) {
  return {.feed_forward = o.feed_forward,
          .dropout = o.dropout,
          .norm_first = o.norm_first,
          .rotary = o.positions == PositionKind::rotary};
}

}  // namespace

TransformerTranslator::TransformerTranslator(const ModelOptions& o, Generator& generator)
    : options(checked(o)),
      source(make_embedding(o.source_words, o, generator)),
      target(make_embedding(o.target_words, o, generator)),
      source_positions(make_positions(o, generator)),
      target_positions(make_positions(o, generator)),
      encoder(o.embedding, o.heads, generator, {.layers = o.layers}, block_options(o)),
      decoder(o.embedding, o.heads, generator, {.layers = o.layers}, block_options(o)),
      output_bias(full_parameter({o.target_words}, 0)),
      dropout{o.dropout} {}

Variable TransformerTranslator::words(const Embedding& embedding, const Positions& positions, const Tensor& symbols,
                                      Index from, Generator* noise) const {
  return dropout(positions(embedding(symbols) * root(options.embedding), from), noise);
}

TransformerTranslator::Encoded TransformerTranslator::encode(const PaddedBatch& sources, Generator* noise) const {
  Tensor visible = sources.lengths.visible_to_queries();
  auto read = encoder(words(source, source_positions, sources.symbols, 0, noise), {.visible = visible}, noise);
  return {decoder.project(read.output), {}, std::move(visible), std::move(read.weights)};
}

TransformerTranslator::Decoded TransformerTranslator::decode(const Encoded& encoded, const PaddedBatch& fed,
                                                             Generator* noise) const {
  auto states = decoder(words(target, target_positions, fed.symbols, 0, noise), encoded.memory, encoded.visible, noise);
  return {linear(states.output, target.weight, output_bias), std::move(states.weights),
          std::move(states.cross_weights)};
}

TransformerTranslator::Step TransformerTranslator::step(const Encoded& encoded, const Tensor& last,
                                                        const LayersKeysAndValues& state) const {
  const Index rows = last.shape(0);
  const Variable x = words(target, target_positions, unsqueeze(last, 1), state.length(), nullptr);  // [rows, 1, width]
  auto next = decoder.step(x, state, encoded.memory, encoded.visible);
  const Variable weights = mean(next.cross_weights.back(), {1});  // [rows, 1, sources]
  return {linear(reshape(next.output, {rows, options.embedding}), target.weight, output_bias),
          reshape(weights, {rows, weights.shape(-1)}), std::move(next.state)};
}

Index TransformerTranslator::most_words(Index source_length) const {
  const Index most = options.length(source_length);
  return options.positions == PositionKind::learned ? std::min(most, options.places) : most;
}

}  // namespace glance::seq2seq
