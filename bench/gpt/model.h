#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "bench/gpt/sizes.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/products.h"
#include "glance/nn/embedding.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/parallel.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"
#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace gpt {

using namespace glance;

// The Transformer that is trained: norms first, learned positions, exact gelu, and the symbols' vectors as the weights
// of the output too.
struct Model {
  Embedding symbol;
  Positions place;
  TransformerEncoder blocks;

  Model(const Size& n, Index places, Generator& generator)
      : symbol(n.vocabulary, n.width, generator, {.deviation = 0.02}),
        place(PositionKind::learned, places, n.width, generator),
        blocks(n.width, n.heads, generator, {.layers = n.layers},
               {.feed_forward = 4 * n.width, .dropout = 0, .activation = Activation::gelu, .norm_first = true}) {}

  // symbols [batch, time] -> [batch, time, vocabulary]
  Variable logits(const Tensor& symbols) const {
    return output(blocks(place(symbol(symbols)), {.causal = true}).output);
  }

  // The same of the next symbols of sequences whose earlier ones the state holds, with the state after them.
  std::pair<Variable, LayersKeysAndValues> step(const Tensor& symbols, const LayersKeysAndValues& state) const {
    auto next = blocks.step(place(symbol(symbols), state.length()), state);
    return {output(next.output), std::move(next.state)};
  }

  Variable output(const Variable& hidden) const { return linear(hidden, symbol.weight, {}); }

  static void visit(auto& self, auto&& f) {
    f("symbol", self.symbol);
    f("place", self.place);
    f("blocks", self.blocks);
  }
};

// The whole training: forward, cross-entropy, backward, clip the gradient's norm to 1, AdamW. The batch, random symbols
// that are the same at each step, is cut into a shard for each thread.
class Training {
 public:
  Training(const Size& n, int threads)
      : generator_(0), model_(n, n.context, generator_), symbols_({n.batch, n.context + 1}, i64), workers_(threads) {
    auto* symbol = symbols_.write<Index>();
    for (Index i = 0; i < symbols_.numel(); ++i)
      symbol[i] = static_cast<Index>(generator_.below(static_cast<std::uint64_t>(n.vocabulary)));
  }

  // One step; returns the loss that it started from.
  double step() {
    const auto [loss, gradients] =
        sharded_gradients(workers_.threads(), parameters_, workers_, [this](int shard) { return shard_loss(shard); });
    adam_.step(gradients, clip_scale(global_norm(gradients, &workers_), 1), &workers_);
    return loss;
  }

  // The part of the loss that a shard of the batch has.
  Variable shard_loss(int shard) const {
    const Index batch = symbols_.shape(0), context = symbols_.shape(1) - 1, shards = workers_.threads();
    const Tensor mine = slice(symbols_, 0, batch * shard / shards, batch * (shard + 1) / shards);
    return softmax_cross_entropy(model_.logits(slice(mine, 1, 0, context)), slice(mine, 1, 1, context + 1),
                                 {.count = static_cast<double>(batch * context)});
  }

 private:
  Generator generator_;
  Model model_;
  std::vector<Variable> parameters_ = parameters(model_);
  Tensor symbols_;  // i64 [batch, context + 1]
  Adam adam_ = adam_w(model_, {.weight_decay = 0.1});
  Workers workers_;
};

// Writes `count` symbols after the first, one at a time, each the likeliest after those before it.
inline void generate(const Model& model, Index count) {
  const NoGrad no_grad;
  LayersKeysAndValues state;
  Tensor symbol = zeros({1, 1}, i64);
  for (Index i = 0; i < count; ++i) {
    auto [logits, next] = model.step(symbol, state);
    symbol = argmax(logits.value(), -1);
    state = std::move(next);
  }
}

}  // namespace gpt
