#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/seq2seq/evaluation.h"

namespace glance::seq2seq {

// An epoch of a training, as its log keeps it.
struct EpochRecord {
  Index epoch = 0, step = 0;
  double seconds = 0;  // of training so far
  double train_loss = 0;
  std::optional<Evaluation> test;                              // none when no pairs are held out
  std::vector<std::pair<std::string, double>> gradient_norms;  // mean norm by layer over the epoch's last steps
};

// A file of JSON lines, one an epoch. It is written anew for each, whole or not at all, as checkpoints are.
class TrainingLog {
 public:
  // Goes on after the line of epoch `epochs` of the file that is there, if any; from 0 it starts anew.
  TrainingLog(std::string path, Index epochs);

  // Adds a line. What was not held out has no score: null. Error, naming the file, when it cannot be written.
  void add(const EpochRecord& record);

 private:
  std::string path_, text_;
};

}  // namespace glance::seq2seq
