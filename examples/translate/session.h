#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "examples/common/job.h"
#include "examples/common/recent_weights.h"
#include "examples/seq2seq/diagnosis.h"
#include "examples/seq2seq/report.h"
#include "examples/translate/train.h"
#include "examples/translate/watch.h"

// A training under way, from its first step or from where it stopped, and the files that it keeps.

namespace glance::seq2seq {

std::string last_path(const TrainCommand& command);
std::string best_path(const TrainCommand& command);
std::string average_path(const TrainCommand& command);
std::string log_path(const TrainCommand& command);

// Error, before anything takes time, when there is no training to go on with, or one that must not be written over.
void check_folder(const TrainCommand& command);

// Error when the report would be written over what it reports on.
void check_report(const TrainCommand& command);

// Everything that a checkpoint keeps, in one place, and what shows it.
struct Session {
  std::string summary;  // of the pairs, for the reader
  TextOptions text;
  Numbered numbered;
  std::unique_ptr<Translator> model;
  std::vector<Pair> report_words;  // of `test`, or of `train` if nothing is held out; only when there is a report
  std::string description;         // of the pairs, for the checkpoint
  std::unique_ptr<Trainer> trainer;
  std::unique_ptr<Report> report;
  std::optional<Watch> watch;
  double best_score = -1;
  Index since_best = 0;               // validations
  bool unvalidated = false;           // a validation is due and has not been done
  bool saves = true;                  // this rank writes the files
  std::vector<Complaint> complaints;  // of the last validation
  std::set<std::string> said;         // names of those that were printed: each once
  RecentWeights recent = {};          // weights at the last validations, where their mean is asked for

  // Whether there is nothing left to do: all steps are done and validated, or patience has come to its end.
  bool is_over() const;
};

// A new training. Error for pairs that cannot be used, or a model that is too large for the machine.
Session start(const TrainCommand& command, Workers& workers, const Ranks& ranks);

// The training that was left in the folder, in the file `path` as this rank has it, whose options replace those of the
// command. Error when the files are damaged, or the pairs are not those that it began with.
Session go_on(TrainCommand& command, const std::string& path, Workers& workers, const Ranks& ranks);

// What the ranks of a job must have in common: options, pairs, weights, and how far the training is.
StartValues start_values(const TrainCommand& command, const Session& session);

// Writes out/last, and the report; nothing on other ranks than the first.
void save_last(const TrainCommand& command, const Session& session);

// Writes out/best; nothing on other ranks than the first.
void save_best(const TrainCommand& command, const Session& session);

// Writes a model that is the mean of the last few as out/average; nothing on other ranks than the first.
void save_average(const TrainCommand& command, const Session& session, const Translator& average);

// What a person types to go on, in any folder.
std::string command_to_go_on(const TrainCommand& command);

}  // namespace glance::seq2seq
