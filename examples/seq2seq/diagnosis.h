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
  std::optional<double> entropy;     // mean normalised entropy of the weights; none without attention
  std::optional<double> padding;     // mean weight behind the sentences' ends, 0 to 1; none without attention
  double loss = 0;                   // mean cross-entropy of every answer, teacher-forced
  std::optional<double> other_loss;  // the same when each target comes with another's source; none if there is no other
};

// The weights are those that one picture shows: of a Transformer the mean over heads of the last cross-attention.
// Looks at a translator on held-out examples, of which `evaluation` is evaluate()'s. Draws no random number and changes
// nothing. With `ranks`, each scores a part.
Diagnosis diagnose(const Translator& model, std::span<const Example> examples, const Evaluation& evaluation,
                   Workers& workers, const Meanwhile& meanwhile = {}, const Ranks* ranks = nullptr);

// What is wrong, in words, each on a line of its own with the number that shows it and what to try: "attention is
// uniform", "attention looks at padding", "ignores the source". Nothing when all is well.
std::vector<std::string> complaints(const Diagnosis& diagnosis);

}  // namespace glance::seq2seq
