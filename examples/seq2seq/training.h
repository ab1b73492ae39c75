#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/model.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/ranks.h"
#include "glance/nn/schedule.h"
#include "glance/nn/workers.h"

// Training of a translator, step by step, from any point on.
namespace glance::seq2seq {

// The most moments whose weights are averaged.
inline constexpr Index most_averaged = 1000;

// How a translator is trained.
struct TrainingOptions {
  Index epochs = 10;
  Index batch = 64;             // pairs a step
  double learning_rate = 2e-3;  // Adam's, at its highest
  Decay schedule = Decay::linear;
  double warmup = 0.03;                    // share of all steps over which the rate rises
  std::optional<Index> warmup_steps = {};  // or so many steps
  double final_rate = 0.02;                // share of the rate that is left at the last step, of linear and cosine
  double beta2 = 0.999;                    // Adam's, of the squared gradients
  double clip = 1;                         // the gradient's global norm is at most this
  double label_smoothing = 0;
  int shards = 2;  // parts of a batch; results depend on it, so it is an option and not the number of threads
  std::uint64_t seed = 1;
  Index validate_every = 0;  // steps from one validation to the next; 0: those of an epoch
  Index patience = 0;        // validations without a better one after which training ends; 0: any number
  Index average = 0;         // the mean of the weights at so many last validations is scored and kept; 0: none

  // The list of what a file keeps of them: calls f(name, option), or f(name, option, true) for one that older files do
  // not have.
  static void fields(auto& o, auto&& f) {
    f("epochs", o.epochs);
    f("batch", o.batch);
    f("learning_rate", o.learning_rate);
    f("warmup", o.warmup);
    f("final_rate", o.final_rate);
    f("clip", o.clip);
    f("label_smoothing", o.label_smoothing);
    f("beta2", o.beta2, true);
    f("shards", o.shards);
    f("seed", o.seed);
    f("schedule", o.schedule, true);
    f("warmup_steps", o.warmup_steps, true);
    f("validate_every", o.validate_every, true);
    f("patience", o.patience, true);
    f("average", o.average, true);
  }
};

// How far a training is, exactly: with the weights, the optimiser's state and the options, all it takes to go on bit
// for bit.
struct Progress {
  Index epochs = 0;                    // finished
  Index batches = 0;                   // of the epoch under way
  Index steps = 0;                     // in all
  double loss_sum = 0;                 // since the last validation, over answers
  Index answers = 0;                   // since the last validation
  double seconds = 0;                  // spent training, scoring left out
  std::vector<double> gradient_norms;  // by layer, summed over the last steps before the next validation
};

// The schedule of a training of so many steps in all.
Schedule schedule_of(const TrainingOptions& options, Index total_steps);

// Trains a translator by teacher forcing: softmax cross-entropy of every answer, Adam, one batch a step, a batch cut
// into shards on the workers. Epoch e's order is drawn from Generator(seed, e), a shard's dropout from (seed, step,
// shard).
class Trainer {
 public:
  // Gradients are measured over so many steps before a validation.
  static constexpr Index measured_steps = 16;

  // Shares the parameters of the model; keeps references to the examples and the workers, and to the ranks that share
  // out the shards, if any.
  Trainer(const Translator& model, std::span<const Example> examples, const TrainingOptions& options, Workers& workers,
          const Ranks* ranks = nullptr);

  Index batches_per_epoch() const;
  Index total_steps() const { return batches_per_epoch() * options.epochs; }

  // Steps from one validation to the next.
  Index validation_interval() const;
  // Whether the model is to be looked at before the next step: when an interval is over, and after the last step.
  bool validation_due() const;

  // The next batch: forward, backward, clip, Adam. Ends an epoch with its last batch, which resets batches. The step
  // after a validation was due begins to sum up losses anew. JobError, before anything is changed, when the loss or the
  // gradient is not finite.
  void step();

  // The learning rate of a step, counted from 0.
  double rate(Index step) const;

  // The mean loss since the last validation, or, when one is due, since the one before.
  double mean_loss() const;

  // Each layer ("encoder"; a parameter of none is its own) and the mean norm of its gradient, before clipping, over the
  // last steps. Empty unless a validation is due.
  std::vector<std::pair<std::string, double>> gradient_norms() const;

  // The names of these layers, in the same order.
  std::vector<std::string> layer_names() const;
  // The norms of their gradients at the last step; empty when that was not measured.
  const std::vector<double>& last_gradient_norms() const { return last_norms_; }

  TrainingOptions options;
  Progress progress;
  Adam adam;
  bool measures_each_step = false;  // the gradient of every layer; or else before a validation only

 private:
  // Parameters of one layer, which stand together.
  struct Layer {
    std::string name;
    std::size_t from, count;
  };

  void measure(std::span<const Variable> gradients);

  Translator model_;
  std::span<const Example> examples_;
  Workers& workers_;
  const Ranks* ranks_;
  std::vector<Variable> parameters_;
  std::vector<Layer> layers_;
  std::vector<double> last_norms_;
  std::vector<std::vector<std::size_t>> batches_;  // of the epoch under way
  Index drawn_epoch_ = -1;                         // which one that is
};

}  // namespace glance::seq2seq
