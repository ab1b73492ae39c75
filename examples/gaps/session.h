#pragma once

#include <memory>
#include <string>

#include "examples/gaps/commands.h"

// A training under way: its sentences, the model and what moves it.
namespace glance::gaps {

// What a step needs, in one place.
struct Session {
  std::unique_ptr<Data> data;
  std::unique_ptr<Model> model;
  std::unique_ptr<Trainer> trainer;
};

// A new training. Error for sentences that cannot be used, or a model that is too large.
Session start(const ModelOptions& model, const DataOptions& data, const TrainingOptions& training, Workers& workers,
              const Ranks* ranks = nullptr);

// The training that was left in the file `path`, whose options replace those of the command. Error when the file is
// damaged, or the sentences are not those that it began with.
Session go_on(TrainCommand& command, const std::string& path, Workers& workers, const Ranks* ranks = nullptr);

// What the ranks of a job must have in common: options, sentences, weights, and how far the training is.
StartValues start_values(const Session& session);

}  // namespace glance::gaps
