#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "examples/common/meanwhile.h"
#include "examples/letters/alphabet.h"
#include "examples/letters/model.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/ranks.h"
#include "glance/nn/schedule.h"
#include "glance/nn/workers.h"

// Training of a model of letters, step by step, from any point on.
namespace glance::gpt {

// How a model is trained. The defaults are those that are recommended for texts of about a megabyte.
struct TrainingOptions {
  Index steps = 2000;
  Index batch = 12;             // windows of the text a step
  double learning_rate = 4e-3;  // AdamW's, at its highest
  Decay schedule = Decay::cosine;
  Index warmup = 100;       // steps over which the rate rises
  double final_rate = 0.1;  // share of the rate that is left at the last step, of linear and cosine
  double beta2 = 0.99;
  double weight_decay = 0.1;  // of matrices; biases and norms have none
  double clip = 1;            // the gradient's global norm is at most this
  int shards = 2;  // parts of a batch; results depend on it, so it is an option and not the number of threads
  std::uint64_t seed = 1;
  Index validate_every = 0;  // steps from one validation to the next; 0: a fifth of all
  Index patience = 0;        // validations without a better one after which training ends; 0: any number
  Index average = 0;         // the mean of the weights at so many last validations is scored and kept; 0: none

  // Calls f(name, member) for each, as checkpoints keep them.
  static void fields(auto& o, auto&& f) {
    f("steps", o.steps);
    f("batch", o.batch);
    f("learning_rate", o.learning_rate);
    f("schedule", o.schedule);
    f("warmup", o.warmup);
    f("final_rate", o.final_rate);
    f("beta2", o.beta2);
    f("weight_decay", o.weight_decay);
    f("clip", o.clip);
    f("shards", o.shards);
    f("seed", o.seed);
    f("validate_every", o.validate_every);
    f("patience", o.patience);
    f("average", o.average, true);  // older files do not have it
  }
};

// How far a training is, exactly: with the weights, the optimiser's state and the options, all it takes to go on bit
// for bit.
struct Progress {
  Index steps = 0;
  double loss_sum = 0;  // of the steps since the last validation
  Index summed = 0;     // how many these are
  double seconds = 0;   // spent training, scoring left out

  // As TrainingOptions::fields().
  static void fields(auto& p, auto&& f) {
    f("steps", p.steps);
    f("loss_sum", p.loss_sum);
    f("summed", p.summed);
    f("seconds", p.seconds);
  }
};

// AdamW over all parameters of a model, with weight decay on its matrices alone: what it takes from a bias or a norm
// would be no simplicity gained (Radford et al., 2019, and most since).
Adam optimiser_of(const Model& model, const TrainingOptions& options);

// Trains a model on windows of a text: at each place of a window it says the next letter, by softmax cross-entropy. The
// windows of a step are drawn from Generator(seed, step), a shard's dropout from (seed, step, shard).
class Trainer {
 public:
  // Keeps references to the model, the text and the workers, and to the ranks that share out the shards, if any. Error
  // for a text that is not longer than the context.
  Trainer(const Model& model, std::span<const std::int32_t> text, const TrainingOptions& options, Workers& workers,
          const Ranks* ranks = nullptr);

  // Steps from one validation to the next.
  Index validation_interval() const;
  // Whether the model is to be looked at before the next step: when an interval is over, and after the last step.
  bool validation_due() const;

  // The next step: windows, forward, backward, clip, AdamW. JobError, before anything is changed, when the loss or the
  // gradient is not finite.
  void step();

  // The learning rate of a step, counted from 0.
  double rate(Index step) const;

  // The mean loss in nats a letter since the last validation, or, when one is due, since the one before.
  double mean_loss() const;

  TrainingOptions options;
  Progress progress;
  Adam optimiser;

 private:
  const Model& model_;
  std::vector<Variable> parameters_;
  std::span<const std::int32_t> text_;
  Workers& workers_;
  const Ranks* ranks_;
};

// Windows that are enough to score a model on: with a context of 64 some 65,000 letters.
inline constexpr Index most_windows = 1024;

// The mean loss of a model on a text, in nats a letter, read in windows side by side of as many letters as it sees at
// once; on at most `most` windows, spread evenly. The same bits whatever the number of workers, and of ranks, each of
// which reads a part of the windows. Error for a text of less than two letters.
double loss_on(const Model& model, std::span<const std::int32_t> text, Workers& workers, Index most = most_windows,
               const Meanwhile& meanwhile = {}, const Ranks* ranks = nullptr);

// Nats as bits.
double to_bits(double nats);

}  // namespace glance::gpt
