// Hides words at random, and takes a step with what the model says of them.
#include "examples/gaps/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "examples/seq2seq/batches.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/views.h"
#include "glance/nn/batch.h"
#include "glance/nn/parallel.h"
#include "glance/nn/schedule.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/reduce.h"

namespace glance::gaps {

namespace {

using seq2seq::Vocabulary;

// Beside the shards' streams: where the order of an epoch, the gaps of a step, and those of the examination come from.
constexpr std::uint64_t order_stream = 0xfffffffe, gap_stream = 0xfffffffd, score_stream = 0xfffffffc;

std::vector<seq2seq::Example> as_examples(const std::vector<Numbers>& sentences) {
  std::vector<seq2seq::Example> examples;
  for (const Numbers& sentence : sentences) examples.push_back({sentence, {}});
  return examples;
}

std::vector<Numbers> those(const std::vector<Numbers>& sentences, std::span<const std::size_t> numbers) {
  std::vector<Numbers> chosen;
  for (const std::size_t number : numbers) chosen.push_back(sentences[number]);
  return chosen;
}

std::vector<std::vector<std::size_t>> batches_by_length(const std::vector<Numbers>& sentences, std::size_t size) {
  std::vector<std::size_t> lengths;
  for (const Numbers& sentence : sentences) lengths.push_back(sentence.size());
  return seq2seq::alike_batches(lengths, size);
}

std::span<const Numbers> shard_of(std::span<const Numbers> batch, int shard, int shards) {
  const auto bound = [&](int i) {
    return batch.size() * static_cast<std::size_t>(i) / static_cast<std::size_t>(shards);
  };
  return batch.subspan(bound(shard), bound(shard + 1) - bound(shard));
}

}  // namespace

GapBatch hide_words(std::span<const Numbers> sentences, double share, Index mask, Generator& generator) {
  std::vector<Numbers> gapped(sentences.begin(), sentences.end());
  std::size_t time = 0;
  for (const Numbers& sentence : gapped) time = std::max(time, sentence.size());
  std::vector<std::int64_t> places, answers;
  for (std::size_t row = 0; row < gapped.size(); ++row) {
    Numbers& sentence = gapped[row];
    const auto hide = [&](std::size_t place) {
      places.push_back(static_cast<std::int64_t>(row * time + place));
      answers.push_back(sentence[place]);
      sentence[place] = mask;
    };
    // [hide]
    const std::size_t before = places.size();
    for (std::size_t place = 0; place < sentence.size(); ++place)
      if (generator.uniform01<double>() < share) hide(place);
    if (places.size() == before) hide(static_cast<std::size_t>(generator.below(sentence.size())));
    // [hide end]
  }
  const PaddedBatch padded = pad_sequences(gapped, Vocabulary::pad);
  const Shape count = {static_cast<Index>(places.size())};
  return {padded.symbols, padded.lengths.visible_to_queries(),
          from_values(std::span<const std::int64_t>(places), count),
          from_values(std::span<const std::int64_t>(answers), count)};
}

Variable score_gaps(const Model& model, const GapBatch& batch, Generator* noise) {
  const Variable hidden = model.read(batch.sentences, batch.visible, noise).hidden;
  return model.logits(index_select(flatten(hidden, 0, 1), 0, batch.places));
}

Score score(const Model& model, const std::vector<Numbers>& sentences, const TrainingOptions& options,
            const Ranks* ranks) {
  const NoGrad no_grad;
  const Ranks alone;
  const Ranks& job = ranks ? *ranks : alone;
  Generator generator(options.seed, 0, score_stream);
  const auto batches = batches_by_length(sentences, 100);
  std::vector<Score> parts(batches.size());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const GapBatch batch = hide_words(those(sentences, batches[i]), options.hidden, model.mask(), generator);
    if (!job.has(i)) continue;  // its gaps were drawn all the same
    const Variable logits = score_gaps(model, batch);
    parts[i] = {softmax_cross_entropy(logits, batch.answers, {.reduction = Reduction::sum}).item(),
                sum(to(equal(argmax(logits.value(), -1), batch.answers), f32)).item(), batch.answers.numel()};
  }
  job.share(std::span(parts));
  Score result;
  for (const Score& part : parts) {
    result.loss += part.loss;
    result.right += part.right;
    result.gaps += part.gaps;
  }
  result.loss /= static_cast<double>(result.gaps);
  result.right /= static_cast<double>(result.gaps);
  return result;
}

Trainer::Trainer(const Model& model, const std::vector<Numbers>& sentences, const TrainingOptions& o, Workers& workers,
                 const Ranks* ranks)
    : options(o),
      adam(model),
      model_(model),
      sentences_(sentences),
      workers_(workers),
      ranks_(ranks),
      parameters_(parameters(model)) {}

std::span<const std::size_t> Trainer::next_batch() {
  const auto size = static_cast<std::size_t>(options.batch);
  const auto an_epoch = static_cast<Index>((sentences_.size() + size - 1) / size);
  if (const Index epoch = steps() / an_epoch; epoch != drawn_epoch_) {
    Generator order(options.seed, static_cast<std::uint64_t>(epoch), order_stream);
    batches_ = seq2seq::shuffled_batches(as_examples(sentences_), size, order);
    drawn_epoch_ = epoch;
  }
  return batches_[static_cast<std::size_t>(steps() % an_epoch)];
}

double Trainer::step() {
  const auto seed_of_step = static_cast<std::uint64_t>(steps());
  const std::vector<Numbers> batch = those(sentences_, next_batch());
  const int shards = std::min(options.shards, static_cast<int>(batch.size()));
  Generator generator(options.seed, seed_of_step, gap_stream);
  std::vector<GapBatch> parts;
  double count = 0;
  for (int shard = 0; shard < shards; ++shard) {
    parts.push_back(hide_words(shard_of(batch, shard, shards), options.hidden, model_.mask(), generator));
    count += static_cast<double>(parts.back().answers.numel());
  }
  const auto shard_loss = [&](int shard) {
    Generator noise(options.seed, seed_of_step, static_cast<std::uint64_t>(shard));
    const GapBatch& part = parts[static_cast<std::size_t>(shard)];
    return softmax_cross_entropy(score_gaps(model_, part, &noise), part.answers, {.count = count});
  };
  const auto [loss, gradients] = sharded_gradients(shards, parameters_, workers_, shard_loss, ranks_);
  const double norm = global_norm(gradients, &workers_);
  if (!std::isfinite(loss) || !std::isfinite(norm))
    throw JobError(fmt::format("training: the loss of step {} is {} and its gradient's norm {}: lower --rate",
                               steps() + 1, loss, norm));
  const Schedule schedule{
      .decay = Decay::cosine, .warmup = static_cast<double>(options.warmup), .total = options.steps, .last = 0.1};
  adam.rule.learning_rate = options.learning_rate * schedule(steps());
  adam.step(gradients, clip_scale(norm, options.clip), &workers_);
  return loss;
}

}  // namespace glance::gaps
