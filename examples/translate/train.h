#pragma once

#include <optional>
#include <string>

#include "examples/common/job.h"
#include "examples/seq2seq/model.h"
#include "examples/seq2seq/training.h"
#include "examples/translate/data.h"

// The command train, with its options.
namespace glance::seq2seq {

struct TrainCommand {
  DataOptions data;
  ModelOptions model;
  TrainingOptions training;
  std::string out = "out/translator";
  std::string report;                     // an HTML file about the training; empty: none
  std::optional<std::string> watch;       // a sentence to show the attention of meanwhile; "": one of those held out
  int threads = 0;                        // 0: as many as the machine has, at most one a shard
  bool resume = false;                    // go on from out/last; data, model and training are then read from there
  Index max_output = 0;                   // most words of a translation; 0: what the pairs need, with room
  bool overwrite = false;                 // start anew although `out` holds a training
  std::string program = "translate";      // as a person calls it (shell.h), for commands that are printed
  int rank_timeout = usual_rank_timeout;  // seconds that a rank may be silent
};

// The recommended sizes and rates for the built-in language, and for sentence pairs of people's own, of the family that
// the command's model is of.
void recommend_for_builtin(TrainCommand& command);
void recommend_for_pairs(TrainCommand& command);

// Trains, says how it goes, and leaves out/best, out/last, out/log.jsonl and, if asked for, a report. Returns the exit
// status: 0, or 130 when interrupted, after saving. Every rank of a job makes this call; the first writes the files.
int train(TrainCommand command, const Ranks& ranks);

}  // namespace glance::seq2seq
