// An estimate from the sizes of parameters and of the longest batch, held against the memory of the machine.
#include "examples/translate/memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace glance::seq2seq {

double estimated_bytes(const ModelOptions& model, const TrainingOptions& training,
                       const std::vector<Example>& examples) {
  std::size_t sources = 0, targets = 0;
  for (const Example& example : examples) {
    sources = std::max(sources, example.source.size());
    targets = std::max(targets, example.target.size());
  }
  const double batch = static_cast<double>(std::min<Index>(training.batch, static_cast<Index>(examples.size())));
  const double source_steps = batch * static_cast<double>(sources), target_steps = batch * static_cast<double>(targets);
  // Gates, cells and hidden states of each layer; embeddings; logits; attention's weights: each with its gradient.
  const double a_step = model.layers * 6.0 * static_cast<double>(model.hidden) + static_cast<double>(model.embedding);
  const double activations = (source_steps + target_steps) * a_step +
                             target_steps * static_cast<double>(model.target_words) +
                             (model.attention != "none" ? target_steps * static_cast<double>(sources) : 0);
  return sizeof(float) * (4 * parameters_of(model, attention_choice(model.attention)) + 2 * activations);
}

void check_memory(const ModelOptions& model, const TrainingOptions& training, const std::vector<Example>& examples) {
  const double wanted = estimated_bytes(model, training, examples);
  const double there = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  if (wanted > there)
    throw Error(
        fmt::format("this training would take about {:.0f} GB of memory, and the machine has {:.0f}: lower --hidden, "
                    "--embedding, --layers or --batch, or leave long sentences out with --max-words",
                    wanted / 1e9, there / 1e9));
}

}  // namespace glance::seq2seq
