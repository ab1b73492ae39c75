#pragma once

#include <algorithm>
#include <vector>

#include "examples/seq2seq/model.h"
#include "glance/nn/module.h"
#include "glance/tensor/random.h"

namespace glance::seq2seq {

// A translator small enough to be looked at from all sides. Its weights are those it starts with, some times as large,
// so that what it says is not all alike.
inline Translator tiny_translator(ModelOptions options = {}, std::uint64_t seed = 1, double scale = 3) {
  options.source_words = 7;
  options.target_words = 6;
  options.embedding = 4;
  options.hidden = 5;
  Generator generator(seed);
  Translator model(options, generator);
  for (const Variable& p : parameters(model)) {
    float* values = p.value().write<float>();
    std::transform(values, values + p.numel(), values, [&](float x) { return static_cast<float>(scale * x); });
  }
  return model;
}

// With and without attention, all cells, one layer and two.
inline std::vector<ModelOptions> all_kinds() {
  std::vector<ModelOptions> kinds;
  for (const CellKind cell : {CellKind::lstm, CellKind::rnn, CellKind::gru})
    for (const bool attention : {true, false})
      for (const int layers : {1, 2}) kinds.push_back({.layers = layers, .attention = attention, .cell = cell});
  return kinds;
}

}  // namespace glance::seq2seq
