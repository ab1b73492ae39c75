#pragma once

#include <string>

#include "examples/seq2seq/evaluation.h"

namespace glance::seq2seq {

// An epoch of a training, as its log keeps it.
struct EpochRecord {
  Index epoch = 0, step = 0;
  double seconds = 0;  // of training so far
  double train_loss = 0;
  Evaluation test;
};

// A file of JSON lines, one an epoch.
class TrainingLog {
 public:
  // Starts an empty file; with `epochs_kept` >= 0 goes on with the one that is there, after the line of that epoch.
  TrainingLog(std::string path, Index epochs_kept);

  // Adds a line. Error, naming the file, when it cannot be written.
  void add(const EpochRecord& record) const;

 private:
  std::string path_;
};

}  // namespace glance::seq2seq
