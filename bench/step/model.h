#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "bench/step/sizes.h"
#include "glance/autograd/activations.h"
#include "glance/autograd/attention.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/views.h"
#include "glance/nn/embedding.h"
#include "glance/nn/linear.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/parallel.h"
#include "glance/nn/recurrent.h"
#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"

// The encoder-decoder whose training step is timed, and what the step computes.
namespace step {

using namespace glance;

// The LSTM encoder-decoder that is trained.
struct Model {
  Embedding source, target;
  LSTM encoder, decoder;
  Linear combine, output;
  Mode mode;

  Model(const Size& n, Mode m, Generator& generator)
      : source(n.vocabulary, n.embedding, generator),
        target(n.vocabulary, n.embedding, generator),
        encoder(n.embedding, n.hidden, generator),
        decoder(m == Mode::whole ? n.embedding : n.embedding + n.hidden, n.hidden, generator),
        combine(2 * n.hidden, n.hidden, generator),
        output(n.hidden, n.vocabulary, generator),
        mode(m) {}

  // source_words [batch, source], target_words [batch, target], visible [batch, 1, source] -> [batch, target,
  // vocabulary]
  Variable logits(const Tensor& source_words, const Tensor& target_words, const Tensor& visible) const {
    const auto [memory, state] = encoder(source(source_words));
    const Variable words = target(target_words);
    return output(mode == Mode::whole ? whole(words, memory, state, visible) : stepwise(words, memory, state, visible));
  }

  Variable whole(const Variable& words, const Variable& memory, const LSTM::State& state, const Tensor& visible) const {
    const Variable hidden = decoder(words, state).output;
    const Variable context = attend(hidden, memory, memory, {.visible = visible}).context;
    return tanh(combine(concat({context, hidden}, -1)));
  }

  Variable stepwise(const Variable& words, const Variable& memory, LSTM::State state, const Tensor& visible) const {
    Variable fed = zeros(state.layers[0].hidden.shape());
    std::vector<Variable> states;
    for (Index t = 0; t < words.shape(1); ++t) {
      state = decoder.step(concat({select(words, 1, t), fed}, -1), state);
      const Variable hidden = state.layers[0].hidden;
      const Variable context = squeeze(attend(unsqueeze(hidden, 1), memory, memory, {.visible = visible}).context, 1);
      fed = tanh(combine(concat({context, hidden}, -1)));
      states.push_back(fed);
    }
    return stack(states, 1);
  }

  static void visit(auto& self, auto&& f) {
    f("source", self.source);
    f("target", self.target);
    f("encoder", self.encoder);
    f("decoder", self.decoder);
    f("combine", self.combine);
    f("output", self.output);
  }
};

// What is learnt: random words, the same at each step. A quarter of half the sources is hidden from the attention.
struct Batch {
  Tensor source, target, answers;  // i64 [batch, time]
  Tensor visible;                  // bool [batch, 1, source]

  Batch(const Size& n, Generator& generator)
      : source(words(n, n.source_length, generator)),
        target(words(n, n.target_length, generator)),
        answers(words(n, n.target_length, generator)),
        visible(ones({n.batch, 1, n.source_length}, boolean)) {
    const Index hidden = n.source_length / 4;
    assign(slice(slice(visible, 0, 0, n.batch / 2), 2, n.source_length - hidden, n.source_length), zeros({1}, boolean));
  }

 private:
  static Tensor words(const Size& n, int length, Generator& generator) {
    const Tensor result({n.batch, length}, i64);
    auto* word = result.write<Index>();
    for (Index i = 0; i < result.numel(); ++i)  // 0 is the pad
      word[i] = 1 + static_cast<Index>(generator.below(static_cast<std::uint64_t>(n.vocabulary) - 1));
    return result;
  }
};

// The whole training: forward, cross-entropy, backward, clip the gradient's norm to 1, Adam. The batch is cut into a
// shard for each thread.
class Training {
 public:
  Training(const Size& n, Mode mode, int threads)
      : generator_(0), model_(n, mode, generator_), batch_(n, generator_), adam_(model_), workers_(threads) {}

  // One step; returns the loss that it started from.
  double step() {
    const auto [loss, gradients] =
        sharded_gradients(workers_.threads(), parameters_, workers_, [this](int shard) { return shard_loss(shard); });
    adam_.step(gradients, clip_scale(global_norm(gradients, &workers_), 1), &workers_);
    return loss;
  }

  // The part of the loss that a shard of the batch has.
  Variable shard_loss(int shard) const {
    const Index rows = batch_.source.shape(0), shards = workers_.threads();
    const auto part = [&](const Tensor& x) { return slice(x, 0, rows * shard / shards, rows * (shard + 1) / shards); };
    const Variable logits = model_.logits(part(batch_.source), part(batch_.target), part(batch_.visible));
    return softmax_cross_entropy(logits, part(batch_.answers),
                                 {.ignore_index = 0, .count = static_cast<double>(batch_.answers.numel())});
  }

 private:
  Generator generator_;
  Model model_;
  std::vector<Variable> parameters_ = parameters(model_);
  Batch batch_;
  Adam adam_;
  Workers workers_;
};

}  // namespace step
