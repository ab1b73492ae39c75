#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "examples/gaps/model.h"
#include "examples/gaps/sentences.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/ranks.h"
#include "glance/nn/workers.h"

// How a model learns to fill gaps: words are hidden at random, anew each time, and it is to say them.
namespace glance::gaps {

// How a training goes.
struct TrainingOptions {
  Index steps = 600;
  Index batch = 32;  // sentences
  double learning_rate = 3e-3;
  Index warmup = 50;    // steps; the rate then falls along a cosine to a tenth
  double hidden = 0.3;  // share of the words
  double clip = 1;      // the norm of the gradient is at most this
  int shards = 2;       // what a batch is cut into; each goes to a thread
  std::uint64_t seed = 1;

  // The list of what a file keeps of them: calls f(name, option).
  static void fields(auto& o, auto&& f) {
    f("steps", o.steps);
    f("batch", o.batch);
    f("learning_rate", o.learning_rate);
    f("warmup", o.warmup);
    f("hidden", o.hidden);
    f("clip", o.clip);
    f("shards", o.shards);
    f("seed", o.seed);
  }
};

// Sentences side by side, with gaps.
struct GapBatch {
  Tensor sentences;  // i64 [batch, time], the mask where a word is hidden
  Tensor visible;    // bool [batch, 1, time], false at pads
  Tensor places;     // i64 [gaps], the gaps' places in the batch when its rows are laid end to end
  Tensor answers;    // i64 [gaps], the words hidden there
};

// Hides each word with this chance, and at least one in a sentence.
GapBatch hide_words(std::span<const Numbers> sentences, double share, Index mask, Generator& generator);

// The scores of all words at each gap of a batch, [gaps, words].
Variable score_gaps(const Model& model, const GapBatch& batch, Generator* noise = nullptr);

// How well a model fills gaps.
struct Score {
  double loss = 0;   // mean over the gaps, in nats
  double right = 0;  // share of the gaps whose word it finds likeliest
  Index gaps = 0;
};

// On these sentences, with gaps that the seed decides. With `ranks`, each reads a part of the sentences, and all get
// the same score, with the same bits as one alone.
Score score(const Model& model, const std::vector<Numbers>& sentences, const TrainingOptions& options,
            const Ranks* ranks = nullptr);

// Trains a model step by step. What is random in a step depends on the seed and the step's number alone, so that a
// training which goes on from a saved one gives the same bits as one that never stopped.
class Trainer {
 public:
  // Keeps references to the sentences and the workers, and to the ranks that share out the shards, if any; shares the
  // model's parameters.
  Trainer(const Model& model, const std::vector<Numbers>& sentences, const TrainingOptions& options, Workers& workers,
          const Ranks* ranks = nullptr);

  // The next step, and its loss. JobError for a loss that is not finite, before anything is changed.
  double step();

  // How many steps were taken.
  Index steps() const { return adam.state.steps; }
  bool is_over() const { return steps() >= options.steps; }

  TrainingOptions options;
  Adam adam;

 private:
  std::span<const std::size_t> next_batch();

  Model model_;
  const std::vector<Numbers>& sentences_;
  Workers& workers_;
  const Ranks* ranks_;
  std::vector<Variable> parameters_;
  std::vector<std::vector<std::size_t>> batches_;  // of the epoch under way
  Index drawn_epoch_ = -1;                         // which one that is
};

}  // namespace glance::gaps
