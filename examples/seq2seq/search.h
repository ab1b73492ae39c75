#pragma once

#include <vector>

#include "examples/seq2seq/model.h"

namespace glance::seq2seq {

// What the translator wrote for one source.
struct Translation {
  std::vector<Index> words;                  // with the end mark, unless it was stopped
  std::vector<std::vector<double>> weights;  // for each word, over the source words; empty without attention
  double log_probability = 0;                // the sum over words
  bool stopped = false;                      // it had not ended after the most words it may write
};

// The likeliest word at each step, for every source of the batch. `most`: the most words of a translation; 0: as the
// model's options.length says for each source.
std::vector<Translation> greedy_search(const Translator& model, const PaddedBatch& sources, Index most = 0);

// The likeliest translations of one source [1, sources] that `width` hypotheses kept at each step find, best first:
// those that ended before those that were stopped, then by log probability per word. Width 1 is the greedy search.
// Error for a width below 1 or several sources.
std::vector<Translation> beam_search(const Translator& model, const PaddedBatch& source, Index width, Index most = 0);

}  // namespace glance::seq2seq
