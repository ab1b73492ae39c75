#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/common/normalise.h"
#include "glance/tensor/shape.h"

// What is wrong with a training, told from the log it kept and from what its model does now.
namespace glance::seq2seq {

// A line of log.jsonl: what a scoring saw. What was not held out has no score; a loss that was not finite is NaN.
struct LogRecord {
  double epoch = 0;
  Index step = 0;
  double seconds = 0;
  double train_loss = 0;
  std::optional<double> test_loss, token_accuracy, exact, bleu, entropy;
  std::vector<std::pair<std::string, double>> gradient_norms;  // by layer, before clipping
  std::string failure;                                         // why the training ended there; empty: it did not
};

// The lines of a log, in their order. Error, with file and line, for a file that is none.
std::vector<LogRecord> read_log(const std::string& path);

// What its model does on held-out pairs. Shares are from 0 to 1.
struct HeldOut {
  std::size_t pairs = 0;
  double unknown_sources = 0, unknown_targets = 0;  // of the words that no training pair has, ends left out
  double words = 0;                                 // of a right translation, its end counted
  double cut = 0;                                   // of the translations, those that were stopped before an end
  double ends = 0;                                  // of the words that are right, fed the right ones: ends alone
  std::optional<double> padding = {};               // of the weights; none without attention
  double loss = 0;
  std::optional<double> other_loss = {};  // with the source of another sentence
};

// A training as it can be judged afterwards.
struct TrainingHistory {
  std::vector<LogRecord> log;
  double learning_rate = 0, clip = 0;
  double dropout = 0;
  Index epochs = 0;        // that were asked for
  Index target_words = 0;  // in the vocabulary
  Unit unit = Unit::words;
  std::size_t min_count = 1;        // words that were rarer are unknown
  bool over = true;                 // all its steps are done, or patience ended it
  std::optional<HeldOut> held_out;  // none when the pairs are not at hand
};

// One thing that is wrong: its name, how it shows in numbers, and what to try.
struct Finding {
  std::string name, shown, advice;
};

// What is wrong, each once, what spoils most first: an end by a loss that is not finite, words that cannot be written,
// a source that is ignored, a loss that does not fall, jumps or falls too slowly, gradients that are all clipped or
// hardly reach a layer, pairs learnt by heart, attention that stays uniform or looks at padding, translations that are
// cut, and right words that make no right sentences. Nothing when all is well, or when nothing was logged.
std::vector<Finding> findings(const TrainingHistory& history);

}  // namespace glance::seq2seq
