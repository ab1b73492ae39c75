#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "examples/seq2seq/model.h"
#include "glance/nn/module.h"
#include "glance/tensor/random.h"

// A small translator of any kind, for tests.
namespace glance::seq2seq {

// A translator small enough to be looked at from all sides. Its weights are those it starts with, some times as large,
// so that what it says is not all alike.
inline RecurrentTranslator tiny_translator(ModelOptions options = {}, std::uint64_t seed = 1, double scale = 3,
                                           std::span<const AttentionChoice> own = {}) {
  options.source_words = 7;
  options.target_words = 6;
  options.embedding = 4;
  options.hidden = options.bidirectional ? 6 : 5;
  Generator generator(seed);
  RecurrentTranslator model(options, generator, own);
  for (const Variable& p : parameters(model)) {
    float* values = p.value().write<float>();
    std::transform(values, values + p.numel(), values, [&](float x) { return static_cast<float>(scale * x); });
  }
  return model;
}

// A Transformer as small; its heads see apart, because its weights are larger too.
inline TransformerTranslator tiny_transformer(ModelOptions options = {}, std::uint64_t seed = 1, double scale = 3) {
  options.model = ModelKind::transformer;
  options.source_words = 7;
  options.target_words = 6;
  options.embedding = 8;
  options.heads = 2;
  options.feed_forward = 10;
  options.places = 12;
  Generator generator(seed);
  TransformerTranslator model(options, generator);
  for (const Variable& p : parameters(model)) {
    float* values = p.value().write<float>();
    std::transform(values, values + p.numel(), values, [&](float x) { return static_cast<float>(scale * x); });
  }
  return model;
}

// Transformers with every kind of positions, norm before and after, one layer and two.
inline std::vector<ModelOptions> all_transformers() {
  std::vector<ModelOptions> kinds;
  for (const PositionKind positions :
       {PositionKind::none, PositionKind::learned, PositionKind::sinusoidal, PositionKind::rotary})
    for (const bool norm_first : {false, true})
      kinds.push_back({.layers = norm_first ? 2 : 1, .positions = positions, .norm_first = norm_first});
  return kinds;
}

// Every kind of recurrent cell and attention; one layer and two, one direction and two, with attention and without.
inline std::vector<ModelOptions> all_kinds() {
  std::vector<ModelOptions> kinds;
  for (const CellChoice& cell : cell_choices())
    for (const char* attention : {"dot", "none"})
      for (const int layers : {1, 2})
        for (const bool both : {false, true})
          kinds.push_back({.layers = layers, .attention = attention, .cell = cell.kind, .bidirectional = both});
  for (const AttentionChoice& attention : attention_choices()) kinds.push_back({.attention = attention.name});
  return kinds;
}

}  // namespace glance::seq2seq
