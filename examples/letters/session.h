#pragma once

#include <limits>
#include <memory>
#include <string>

#include "examples/common/job.h"
#include "examples/common/recent_weights.h"
#include "examples/common/training_folder.h"
#include "examples/letters/book.h"
#include "examples/letters/model.h"
#include "examples/letters/training.h"
#include "glance/nn/workers.h"

// A training under way, from its first step or from where it stopped, and the files that it keeps.
namespace glance::gpt {

// What a person asks for.
struct TrainCommand {
  BookOptions book;
  ModelOptions model;
  TrainingOptions training;
  std::string out = "out/letters";
  int threads = 0;                        // 0: as many as the machine has, at most one a shard
  bool resume = false;                    // go on from out/last; text, model and training are then read from there
  bool overwrite = false;                 // start anew although `out` holds a training
  std::string program = "letters";        // as a person calls it (shell.h), for commands that are printed
  int rank_timeout = usual_rank_timeout;  // seconds that a rank may be silent

  TrainingFolder folder() const { return {out}; }
};

// Everything that a checkpoint keeps, in one place.
struct Session {
  Book book;
  std::unique_ptr<Model> model;
  std::unique_ptr<Trainer> trainer;
  double best_loss = std::numeric_limits<double>::infinity();
  Index since_best = 0;       // validations
  bool unvalidated = false;   // a validation is due and has not been done
  bool saves = true;          // this rank writes the files
  RecentWeights recent = {};  // at the last validations, where their mean is asked for

  // Whether there is nothing left to do: all steps are done and validated, or patience has come to its end.
  bool is_over() const;
};

// Bytes that a training takes at most, to within a factor of two or so.
double estimated_bytes(const ModelOptions& model, const TrainingOptions& training);

// A new training. A context longer than the text allows becomes shorter. Error for a text that cannot be used, or a
// model that is too large for the machine.
Session start(const TrainCommand& command, Workers& workers, const Ranks& ranks);

// The training that was left in the folder, in the file `path` as this rank has it, whose options replace those of the
// command; its text may be named anew. Error when the files are damaged, or the text is not the one that it began with.
Session go_on(TrainCommand& command, const std::string& path, Workers& workers, const Ranks& ranks);

// What the ranks of a job must have in common: options, text, weights, and how far the training is.
StartValues start_values(const TrainCommand& command, const Session& session);

// Writes out/last and out/best; nothing on other ranks than the first.
void save_last(const TrainCommand& command, const Session& session);
void save_best(const TrainCommand& command, const Session& session);

// Writes a model that is the mean of the last few as out/average; nothing on other ranks than the first.
void save_average(const TrainCommand& command, const Session& session, const Model& average);

}  // namespace glance::gpt
