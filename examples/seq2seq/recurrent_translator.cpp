// The recurrent translator's forward pass: encode, then decode all target words at once, or step by step.
#include "examples/seq2seq/recurrent_translator.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "glance/autograd/activations.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/nn/init.h"

namespace glance::seq2seq {

namespace {

// Embeddings that serve as output weights too must start small, or the first logits are wild.
EmbeddingOptions small(Index embedding) { return {.deviation = 3.2 / std::sqrt(static_cast<double>(embedding))}; }

// The last states of both directions of each layer as one.
RecurrentStack::State side_by_side(const RecurrentStack::State& state) {
  const auto both = [](const Variable& forward, const Variable& reverse) {
    return forward.defined() ? concat({forward, reverse}, -1) : forward;
  };
  RecurrentStack::State result;
  for (std::size_t i = 0; i < state.layers.size(); i += 2) {
    const RecurrentState &forward = state.layers[i], &reverse = state.layers[i + 1];
    result.layers.push_back({both(forward.hidden, reverse.hidden), both(forward.cell, reverse.cell)});
  }
  return result;
}

}  // namespace

RecurrentTranslator::RecurrentTranslator(const ModelOptions& o, Generator& generator,
                                         std::span<const AttentionChoice> own)
    : options(o),
      kind(attention_choice(o.attention, own)),
      source(o.source_words, o.embedding, generator, small(o.embedding)),
      target(o.target_words, o.embedding, generator, small(o.embedding)),
      encoder(o.cell, o.embedding, o.bidirectional ? o.hidden / 2 : o.hidden, generator,
              {.layers = o.layers, .dropout = o.dropout, .bidirectional = o.bidirectional}),
      decoder(o.cell, o.embedding, o.hidden, generator, {.layers = o.layers, .dropout = o.dropout}),
      combine(o.attention == "none" ? o.hidden : 2 * o.hidden, o.embedding, generator),
      output_bias(full_parameter({o.target_words}, 0)),
      dropout{o.dropout},
      attention(kind.make(o.hidden, o.hidden, generator)) {
  if (const auto problem = problem_of(o)) throw Error(fmt::format("translator: {}", *problem));
}

// [encode]
RecurrentTranslator::Encoded RecurrentTranslator::encode(const PaddedBatch& sources, Generator* noise) const {
  const Variable words = dropout(source(sources.symbols), noise);
  auto [memory, state] = encoder(words, {}, sources.lengths, noise);
  return {std::move(memory), options.bidirectional ? side_by_side(state) : std::move(state),
          sources.lengths.visible_to_queries()};
}
// [encode end]

// [glance-back]
Attended RecurrentTranslator::glance_back(const Encoded& encoded, const Variable& state) const {
  if (!attention) return {};
  return attention(state, encoded.memory, encoded.memory, encoded.visible);
}
// [glance-back end]

// [logits]
Variable RecurrentTranslator::logits(const Variable& state, const Variable& context, Generator* noise) const {
  const Variable seen = context.defined() ? concat({context, state}, -1) : state;
  return linear(dropout(tanh(combine(seen)), noise), target.weight, output_bias);
}
// [logits end]

// [decode]
RecurrentTranslator::Decoded RecurrentTranslator::decode(const Encoded& encoded, const PaddedBatch& fed,
                                                         Generator* noise) const {
  const Variable words = dropout(target(fed.symbols), noise);
  const Variable states = decoder(words, encoded.state, fed.lengths, noise).output;
  const Attended attended = glance_back(encoded, states);
  return {logits(states, attended.context, noise), attended.weights};
}
// [decode end]

RecurrentTranslator::Step RecurrentTranslator::step(const Encoded& encoded, const Tensor& words,
                                                    const RecurrentStack::State& state) const {
  RecurrentStack::State next = decoder.step(target(words), state, nullptr);
  const Variable& hidden = next.layers.back().hidden;  // [rows, hidden]
  if (!attention) return {logits(hidden, {}, nullptr), {}, std::move(next)};
  // The translations of one source ask as the steps of one translation do, and none needs a memory of its own.
  const Index sources = encoded.memory.shape()[0], rows = hidden.shape()[0];
  const Attended attended = glance_back(encoded, reshape(hidden, {sources, rows / sources, -1}));
  const auto by_row = [&](const Variable& x) { return reshape(x, {rows, x.shape().back()}); };
  return {logits(hidden, by_row(attended.context), nullptr), by_row(attended.weights), std::move(next)};
}

}  // namespace glance::seq2seq
