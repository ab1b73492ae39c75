#pragma once

#include <string>

#include "glance/nn/embedding.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"

// A model of sequences of symbols that reads from left to right: a GPT in the small.
namespace glance::experiments {

// Which model.
struct SymbolModelOptions {
  Index symbols = 10;
  Index longest = 20;  // sequence, which learned positions need to know
  Index width = 48;
  Index heads = 4;
  int layers = 3;
  PositionKind positions = PositionKind::learned;
};

// The model.
struct SymbolModel {
  SymbolModelOptions options;
  Embedding symbol;  // which are also the vectors that say how likely each symbol is
  Positions positions;
  TransformerEncoder blocks;

  // Error for extents that no layer takes.
  SymbolModel(const SymbolModelOptions& options, Generator& generator);

  // The scores of what follows each symbol: i64 [batch, time] -> [batch, time, symbols].
  Variable operator()(const Tensor& symbols) const;

  // What the model writes after the prompts, i64 [batch, time] -> [batch, count]: the likeliest symbol each time. It
  // reads one place at a time and keeps keys and values.
  Tensor write(const Tensor& prompts, Index count) const;

  static void visit(auto& self, auto&& f) {
    f("symbol", self.symbol);
    f("positions", self.positions);
    f("blocks", self.blocks);
  }

 private:
  // The symbols' vectors with their positions, of which the first is `from`.
  Variable embed(const Tensor& symbols, Index from) const;
  Variable scores(const Variable& hidden) const;
};

// The share of sequences in which the model writes all of `answers`, i64 [batch, count], after the prompts.
double exactly_right(const SymbolModel& model, const Tensor& prompts, const Tensor& answers);

}  // namespace glance::experiments
