#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/model.h"
#include "glance/nn/workers.h"

// What is wrong with a translator's attention, if anything, in words.
namespace glance::seq2seq {

// What gives away a translator whose attention is not what it should be.
struct Diagnosis {
  std::optional<double> entropy = {};  // mean normalised entropy of the weights; none without attention
  std::optional<double> padding = {};  // mean weight behind the sentences' ends, 0 to 1; none without attention
  double loss = 0;                     // mean cross-entropy of every answer, teacher-forced
  std::optional<double> other_loss =
      {};                      // the same when each target comes with another's source; none if there is no other
  double unknown_sources = 0;  // share of the source words that the vocabulary does not have
  double unknown_targets = 0;  // share of the target words, ends left out, that the vocabulary does not have
  double right_ends = 0;       // of the words that are right, the share that are a sentence's end
};

// One thing that is wrong: its name, the number that shows it, and what to try.
struct Complaint {
  std::string name, shown, advice;
};

// The weights are those that one picture shows: of a Transformer the mean over heads of the last cross-attention.
// Looks at a translator on held-out examples, of which `evaluation` is evaluate()'s. Draws no random number and changes
// nothing. With `ranks`, each scores a part.
Diagnosis diagnose(const Translator& model, std::span<const Example> examples, const Evaluation& evaluation,
                   Workers& workers, const Meanwhile& meanwhile = {}, const Ranks* ranks = nullptr);

// What is wrong, in words: "attention is uniform", "attention looks at padding", "most target words are unknown", and
// else "ignores the source". Nothing when all is well.
std::vector<Complaint> complaints(const Diagnosis& diagnosis);

// The share of the examples' target words, or source words, that are unknown to a vocabulary; ends left out.
double unknown_share(std::span<const Example> examples, std::vector<Index> Example::*side);

}  // namespace glance::seq2seq
