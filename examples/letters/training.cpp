// Draws windows of a text, takes a step with them, and scores a text window by window.
#include "examples/letters/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/nn/module.h"
#include "glance/nn/parallel.h"
#include "glance/tensor/create.h"
#include "glance/tensor/error.h"

namespace glance::gpt {

namespace {

// Beside the shards of a step, which are fewer.
constexpr std::uint64_t window_stream = 0xfffffffe;

// Windows of a text that begin at these places: what the model reads, and the letter after each of these.
struct Windows {
  Tensor letters, next;  // i64 [windows, time]
};

Windows windows_at(std::span<const std::int32_t> text, std::span<const Index> places, Index time) {
  const Shape shape{static_cast<Index>(places.size()), time};
  Windows result{Tensor(shape, i64), Tensor(shape, i64)};
  std::int64_t *letters = result.letters.write<std::int64_t>(), *next = result.next.write<std::int64_t>();
  for (const Index place : places) {
    const std::int32_t* from = text.data() + place;
    letters = std::copy(from, from + time, letters);
    next = std::copy(from + 1, from + 1 + time, next);
  }
  return result;
}

// The sum of the losses of windows, for scoring.
double loss_sum(const Model& model, const Windows& windows) {
  const NoGrad no_grad;
  return softmax_cross_entropy(model(windows.letters).logits, windows.next, {.reduction = Reduction::sum}).item();
}

}  // namespace

Adam optimiser_of(const Model& model, const TrainingOptions& o) {
  ParameterGroup vectors{.parameters = parameters(model), .weight_decay = 0};
  std::erase_if(vectors.parameters, [](const Variable& parameter) { return parameter.value().rank() >= 2; });
  return adam_w(model, {.beta2 = o.beta2, .weight_decay = o.weight_decay}, {std::move(vectors)});
}

Trainer::Trainer(const Model& model, std::span<const std::int32_t> text, const TrainingOptions& o, Workers& workers,
                 const Ranks* ranks)
    : options(o),
      optimiser(optimiser_of(model, o)),
      model_(model),
      parameters_(parameters(model)),
      text_(text),
      workers_(workers),
      ranks_(ranks) {
  if (static_cast<Index>(text.size()) <= model.options.context)
    throw Error(fmt::format("training: a text of {} letters has no window of {} and the letter after it", text.size(),
                            model.options.context));
}

Index Trainer::validation_interval() const {
  return options.validate_every > 0 ? options.validate_every : std::max<Index>(1, (options.steps + 4) / 5);
}

bool Trainer::validation_due() const {
  return progress.steps > 0 && (progress.steps % validation_interval() == 0 || progress.steps == options.steps);
}

double Trainer::rate(Index step) const {
  const Schedule schedule{.decay = options.schedule,
                          .warmup = static_cast<double>(options.warmup),
                          .total = options.steps,
                          .last = options.final_rate};
  return options.learning_rate * schedule(step);
}

double Trainer::mean_loss() const {
  return progress.summed > 0 ? progress.loss_sum / static_cast<double>(progress.summed) : 0;
}

void Trainer::step() {
  const auto begin = std::chrono::steady_clock::now();
  if (validation_due()) progress.loss_sum = 0, progress.summed = 0;
  const auto number = static_cast<std::uint64_t>(progress.steps);
  const Index time = model_.options.context;
  Generator draw(options.seed, number, window_stream);
  std::vector<Index> places(static_cast<std::size_t>(options.batch));
  for (Index& place : places) place = static_cast<Index>(draw.below(text_.size() - static_cast<std::size_t>(time)));

  const int shards = static_cast<int>(std::min<Index>(options.shards, options.batch));
  const auto border = [&](int shard) {
    return places.size() * static_cast<std::size_t>(shard) / static_cast<std::size_t>(shards);
  };
  const auto shard_loss = [&](int shard) {
    Generator noise(options.seed, number, static_cast<std::uint64_t>(shard));
    const auto own = std::span(places).subspan(border(shard), border(shard + 1) - border(shard));
    const Windows windows = windows_at(text_, own, time);
    return softmax_cross_entropy(model_(windows.letters, &noise).logits, windows.next,
                                 {.count = static_cast<double>(options.batch * time)});
  };
  const auto [loss, gradients] = sharded_gradients(shards, parameters_, workers_, shard_loss, ranks_);
  const double norm = global_norm(gradients, &workers_);
  if (!std::isfinite(loss) || !std::isfinite(norm))
    throw JobError(
        fmt::format("training: the loss of step {} is {} and its gradient's norm {}: lower the learning rate",
                    progress.steps + 1, loss, norm));
  optimiser.rule.learning_rate = rate(progress.steps);
  optimiser.step(gradients, clip_scale(norm, options.clip), &workers_);
  progress.loss_sum += loss;
  ++progress.summed;
  ++progress.steps;
  progress.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double loss_on(const Model& model, std::span<const std::int32_t> text, Workers& workers, Index most,
               const Meanwhile& meanwhile, const Ranks* ranks) {
  const Index letters = static_cast<Index>(text.size()) - 1, time = model.options.context;
  if (letters < 1) throw Error("scoring: a text of less than two letters has no letter to say");
  if (letters < time) {
    const Index beginning = 0;
    return loss_sum(model, windows_at(text, {&beginning, 1}, letters)) / static_cast<double>(letters);
  }
  // Whole windows only: the end of a long text, shorter than one, is left out.
  const Index there = letters / time, count = std::min(there, most);
  std::vector<Index> places;
  for (Index i = 0; i < count; ++i) places.push_back(i * there / count * time);
  constexpr Index at_once = 16;
  const auto parts = static_cast<int>((count + at_once - 1) / at_once);
  std::vector<double> sums(static_cast<std::size_t>(parts));
  const Ranks alone;
  const Ranks& job = ranks ? *ranks : alone;
  Tally tally(meanwhile, parts);
  workers.run(parts, [&](int part) {
    if (!job.has(static_cast<std::size_t>(part))) return tally.add(1);
    const Index from = part * at_once, to = std::min(count, from + at_once);
    const auto own = std::span(places).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
    sums[static_cast<std::size_t>(part)] = loss_sum(model, windows_at(text, own, time));
    tally.add(1);
  });
  job.share(std::span(sums));
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum / static_cast<double>(count * time);
}

double to_bits(double nats) { return nats / std::numbers::ln2; }

}  // namespace glance::gpt
