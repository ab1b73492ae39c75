#pragma once

#include <cstddef>
#include <span>

#include "glance/nn/batch.h"
#include "glance/tensor/tensor.h"

// How the attention weights of a batch are read.
namespace glance::seq2seq {

// The weights of one answer of a batch.
struct AnswerWeights {
  std::size_t example, answer;      // their numbers in the batch and in the example
  std::span<const float> on_words;  // on each word of the source
  std::span<const float> on_pads;   // behind its end
};

// Calls f(AnswerWeights) for each of the first lengths[i] answers of each example i, from the weights [batch, targets,
// sources] that decode() gives. This is the one place that knows how they lie.
template <class F>
void for_each_answer(const Tensor& weights, const Lengths& sources, const Lengths& answers, F&& f) {
  const Tensor dense = contiguous(weights);
  const auto values = dense.values<float>();
  const auto source_lengths = sources.values.values<Index>(), answer_lengths = answers.values.values<Index>();
  const auto targets = static_cast<std::size_t>(dense.shape(1)), width = static_cast<std::size_t>(dense.shape(2));
  for (std::size_t i = 0; i < answer_lengths.size(); ++i)
    for (std::size_t t = 0; t < static_cast<std::size_t>(answer_lengths[i]); ++t) {
      const auto row = values.subspan((i * targets + t) * width, width);
      const auto length = static_cast<std::size_t>(source_lengths[i]);
      f(AnswerWeights{i, t, row.first(length), row.subspan(length)});
    }
}

}  // namespace glance::seq2seq
