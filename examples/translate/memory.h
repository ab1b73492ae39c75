#pragma once

#include <vector>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/model.h"
#include "examples/seq2seq/training.h"

// Whether a training fits into memory, asked before it starts.
namespace glance::seq2seq {

// Bytes that a training takes at most, to within a factor of two or so: four numbers for each parameter, one for
// each moment that is averaged, and what a batch of the longest examples leaves behind for the backward pass.
double estimated_bytes(const ModelOptions& model, const TrainingOptions& training,
                       const std::vector<Example>& examples);

// Error, which says what to make smaller, when a training would take more memory than the machine has.
void check_memory(const ModelOptions& model, const TrainingOptions& training, const std::vector<Example>& examples);

}  // namespace glance::seq2seq
