#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/common/step_log.h"
#include "examples/seq2seq/evaluation.h"

// The log of a training, a line for each validation.
namespace glance::seq2seq {

// How far a training was when it was looked at, and what was seen, as its log keeps it.
struct ValidationRecord {
  double epoch = 0;  // epochs trained so far; not whole when validation does not wait for their ends
  Index step = 0;
  double seconds = 0;  // of training so far
  double train_loss = 0;
  std::optional<Evaluation> test;                              // none when no pairs are held out
  std::optional<Evaluation> average = {};                      // of the mean of the last few, where one was asked for
  Index averaged = 0;                                          // how many that were
  std::vector<std::pair<std::string, double>> gradient_norms;  // mean norm by layer over the last steps
};

// A file of JSON lines (step_log.h), one for each validation.
class TrainingLog {
 public:
  // As StepLog().
  TrainingLog(std::string path, Index steps) : log_(std::move(path), steps) {}

  // Adds a line. What was not held out has no score: null. Error, naming the file, when it cannot be written.
  void add(const ValidationRecord& record);

  // Adds that the training could not go on after a step, and why.
  void add_failure(Index step, const std::string& why);

 private:
  StepLog log_;
};

}  // namespace glance::seq2seq
