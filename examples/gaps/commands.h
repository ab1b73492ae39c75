#pragma once

#include <optional>
#include <string>
#include <vector>

#include "examples/common/job.h"
#include "examples/gaps/model.h"
#include "examples/gaps/sentences.h"
#include "examples/gaps/training.h"

// What the program does, command by command. Each throws Error when it cannot.
namespace glance::gaps {

// What the command line of `gaps train` says.
struct TrainCommand {
  ModelOptions model;
  DataOptions data;
  TrainingOptions training;
  std::string out = "out/gaps";
  int threads = 2;
  bool resume = false, overwrite = false;
  std::string program = "gaps";           // as a person calls it (shell.h), for commands that are printed
  int rank_timeout = usual_rank_timeout;  // seconds that a rank may be silent
};

// Trains, and keeps the model in a folder. Gives the program's exit status: 130 after an interruption, once all is
// saved. Every rank of a job makes this call; the first writes the file.
int train(TrainCommand command, const Ranks& ranks);

// What the command line of `gaps fill` says.
struct FillCommand {
  std::string model;
  std::vector<std::string> sentences;  // none: lines from standard input
  Index top = 5;                       // words shown for each gap
  bool json = false;
};

// Prints the likeliest words for each gap. Several gaps of a sentence are filled each by itself.
void fill(const FillCommand& command);

// What the command line of `gaps probe` says.
struct ProbeCommand {
  std::string model;
  std::optional<Index> layer, head;  // of the picture, counted from 1; the one with most weight on the noun
  bool json = false;
};

// Prints whether the gender of a hidden article follows its noun, and which heads look there.
void probe(const ProbeCommand& command);

// What the command line of `gaps compare` says.
struct CompareCommand {
  ModelOptions model;
  DataOptions data;
  TrainingOptions training;
  int seeds = 1, threads = 2;
};

// Trains two models on the same gaps, one that sees both sides and one that reads from left to right, and prints what
// each reaches.
void compare(const CompareCommand& command);

}  // namespace glance::gaps
