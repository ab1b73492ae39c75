// One step of training, and when validation is due.
#include "examples/seq2seq/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "examples/seq2seq/vocabulary.h"
#include "glance/autograd/loss.h"
#include "glance/nn/module.h"
#include "glance/nn/parallel.h"

namespace glance::seq2seq {

namespace {

// Beside the shards' streams: where the order of an epoch is drawn from.
constexpr std::uint64_t order_stream = 0xfffffffe;

// Cuts the numbers of a batch into `shards` parts of nearly equal size.
std::span<const std::size_t> shard_of(std::span<const std::size_t> numbers, int shard, int shards) {
  const auto bound = [&](int i) {
    return numbers.size() * static_cast<std::size_t>(i) / static_cast<std::size_t>(shards);
  };
  return numbers.subspan(bound(shard), bound(shard + 1) - bound(shard));
}

}  // namespace

Schedule schedule_of(const TrainingOptions& options, Index total_steps) {
  const Index total = std::max<Index>(total_steps, 1);
  const double warmup =
      options.warmup_steps ? static_cast<double>(*options.warmup_steps) : options.warmup * static_cast<double>(total);
  return {.decay = options.schedule, .warmup = warmup, .total = total, .last = options.final_rate};
}

Trainer::Trainer(const Translator& model, std::span<const Example> examples, const TrainingOptions& o, Workers& workers,
                 const Ranks* ranks)
    : options(o),
      adam(model, {.beta2 = o.beta2}),
      model_(model),
      examples_(examples),
      workers_(workers),
      ranks_(ranks),
      parameters_(parameters(model)) {
  for (const auto& [name, variable] : named_parameters(model)) {
    const std::string layer = name.substr(0, name.rfind('.'));
    if (layers_.empty() || layers_.back().name != layer)
      layers_.push_back({layer, layers_.empty() ? 0 : layers_.back().from + layers_.back().count, 0});
    ++layers_.back().count;
  }
}

Index Trainer::batches_per_epoch() const {
  return (static_cast<Index>(examples_.size()) + options.batch - 1) / options.batch;
}

Index Trainer::validation_interval() const {
  return options.validate_every > 0 ? options.validate_every : batches_per_epoch();
}

bool Trainer::validation_due() const {
  return progress.steps > 0 && (progress.steps % validation_interval() == 0 || progress.steps == total_steps());
}

double Trainer::rate(Index step) const { return options.learning_rate * schedule_of(options, total_steps())(step); }

double Trainer::mean_loss() const {
  return progress.answers > 0 ? progress.loss_sum / static_cast<double>(progress.answers) : 0;
}

std::vector<std::pair<std::string, double>> Trainer::gradient_norms() const {
  if (!validation_due() || progress.gradient_norms.size() != layers_.size()) return {};
  const Index of_interval = (progress.steps - 1) % validation_interval() + 1;
  const auto steps = static_cast<double>(std::min(measured_steps, of_interval));
  std::vector<std::pair<std::string, double>> result;
  for (std::size_t i = 0; i < layers_.size(); ++i)
    result.emplace_back(layers_[i].name, progress.gradient_norms[i] / steps);
  return result;
}

std::vector<std::string> Trainer::layer_names() const {
  std::vector<std::string> names;
  for (const Layer& layer : layers_) names.push_back(layer.name);
  return names;
}

void Trainer::measure(std::span<const Variable> gradients) {
  const Index interval = validation_interval();
  const Index next = std::min((progress.steps / interval + 1) * interval, total_steps());
  const bool counts = progress.steps + measured_steps >= next;
  last_norms_.clear();
  if (!counts && !measures_each_step) return;
  for (const Layer& layer : layers_)
    last_norms_.push_back(global_norm(gradients.subspan(layer.from, layer.count), &workers_));
  if (!counts) return;
  progress.gradient_norms.resize(layers_.size());
  for (std::size_t i = 0; i < layers_.size(); ++i) progress.gradient_norms[i] += last_norms_[i];
}

void Trainer::step() {
  const auto begin = std::chrono::steady_clock::now();
  if (drawn_epoch_ != progress.epochs) {
    Generator order(options.seed, static_cast<std::uint64_t>(progress.epochs), order_stream);
    batches_ = shuffled_batches(examples_, static_cast<std::size_t>(options.batch), order);
    drawn_epoch_ = progress.epochs;
  }
  if (validation_due()) progress.loss_sum = 0, progress.answers = 0, progress.gradient_norms.clear();

  const auto& numbers = batches_[static_cast<std::size_t>(progress.batches)];
  Index answers = 0;
  for (const std::size_t number : numbers) answers += static_cast<Index>(examples_[number].target.size());
  const int shards = std::min(options.shards, static_cast<int>(numbers.size()));
  const auto shard_loss = [&](int shard) {
    Generator noise(options.seed, static_cast<std::uint64_t>(progress.steps), static_cast<std::uint64_t>(shard));
    const Batch batch = make_batch(examples_, shard_of(numbers, shard, shards));
    return softmax_cross_entropy(model_.decode(batch.sources, batch.fed, &noise).logits, batch.answers,
                                 {.ignore_index = Vocabulary::pad,
                                  .label_smoothing = options.label_smoothing,
                                  .count = static_cast<double>(answers)});
  };
  const auto [loss, gradients] = sharded_gradients(shards, parameters_, workers_, shard_loss, ranks_);
  const double norm = global_norm(gradients, &workers_);
  if (!std::isfinite(loss) || !std::isfinite(norm))
    throw JobError(
        fmt::format("training: the loss of step {} is {} and its gradient's norm {}: lower the learning rate",
                    progress.steps + 1, loss, norm));
  adam.rule.learning_rate = rate(progress.steps);
  adam.step(gradients, clip_scale(norm, options.clip), &workers_);

  measure(gradients);
  progress.loss_sum += loss * static_cast<double>(answers);
  progress.answers += answers;
  ++progress.steps;
  if (++progress.batches == batches_per_epoch()) {
    progress.batches = 0;
    ++progress.epochs;
  }
  progress.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace glance::seq2seq
