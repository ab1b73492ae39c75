// An estimate from the sizes of parameters and of the longest batch.
#include "examples/translate/memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "examples/common/memory.h"

namespace glance::seq2seq {

namespace {

// Gates, cells and hidden states of each layer; embeddings; attention's weights.
double of_recurrent(const ModelOptions& model, double source_steps, double target_steps, std::size_t sources) {
  const double a_step = model.layers * 6.0 * static_cast<double>(model.hidden) + static_cast<double>(model.embedding);
  return (source_steps + target_steps) * a_step +
         (has_attention(model) ? target_steps * static_cast<double>(sources) : 0);
}

// Of each layer the query, keys, values and context of its attentions and their weights, the hidden numbers of its
// network before and after they are bent, and the norms and sums around these.
double of_transformer(const ModelOptions& model, double source_steps, double target_steps, std::size_t sources,
                      std::size_t targets) {
  const auto width = static_cast<double>(model.embedding), heads = static_cast<double>(model.heads);
  const double network = 3 * static_cast<double>(model.feed_forward) + 4 * width, attention = 9 * width;
  const double weights =
      heads * (source_steps * static_cast<double>(sources) + target_steps * static_cast<double>(sources + targets));
  return model.layers * (source_steps * (attention + network) + target_steps * (2 * attention + network) + weights) +
         (source_steps + target_steps) * 3 * width;
}

}  // namespace

double estimated_bytes(const ModelOptions& model, const TrainingOptions& training,
                       const std::vector<Example>& examples) {
  std::size_t sources = 0, targets = 0;
  for (const Example& example : examples) {
    sources = std::max(sources, example.source.size());
    targets = std::max(targets, example.target.size());
  }
  const double batch = static_cast<double>(std::min<Index>(training.batch, static_cast<Index>(examples.size())));
  const double source_steps = batch * static_cast<double>(sources), target_steps = batch * static_cast<double>(targets);
  // Logits, and what each step keeps: each with its gradient.
  const double activations =
      target_steps * static_cast<double>(model.target_words) +
      (model.model == ModelKind::transformer ? of_transformer(model, source_steps, target_steps, sources, targets)
                                             : of_recurrent(model, source_steps, target_steps, sources));
  const double moments = 4 + static_cast<double>(training.average);
  return sizeof(float) * (moments * parameters_of(model, attention_choice(model.attention)) + 2 * activations);
}

void check_memory(const ModelOptions& model, const TrainingOptions& training, const std::vector<Example>& examples) {
  glance::check_memory(estimated_bytes(model, training, examples),
                       fmt::format("{}, --embedding, --layers, --batch or --average, or leave long sentences out with "
                                   "--max-words",
                                   model.model == ModelKind::transformer ? "--feed-forward" : "--hidden"));
}

}  // namespace glance::seq2seq
