// What a training checks before it starts, how it starts or goes on, and what it saves.
#include "examples/letters/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "examples/common/json_fields.h"
#include "examples/common/memory.h"
#include "examples/letters/checkpoint.h"
#include "glance/nn/module.h"
#include "glance/tensor/error.h"

namespace glance::gpt {

namespace {

namespace fs = std::filesystem;

// The file from any folder, so that a training is gone on with from another.
std::string absolute(const std::string& file) {
  std::error_code error;
  return file.empty() ? file : fs::absolute(file, error).lexically_normal().string();
}

}  // namespace

bool Session::is_over() const {
  const bool all_done = trainer->progress.steps >= trainer->options.steps;
  const Index patience = trainer->options.patience;
  return !unvalidated && (all_done || (patience > 0 && since_best >= patience));
}

double estimated_bytes(const ModelOptions& m, const TrainingOptions& t) {
  const double places = static_cast<double>(t.batch) * static_cast<double>(m.context);
  // Of each place and layer some 16 vectors are kept for the backward pass, and the heads' weights, which are also
  // those that the scoring of 16 windows takes; each with its gradient.
  const double a_place = m.layers * (16 * static_cast<double>(m.width) +
                                     2 * static_cast<double>(m.heads) * static_cast<double>(m.context)) +
                         2 * static_cast<double>(m.symbols);
  return sizeof(float) * ((4 + static_cast<double>(t.average)) * parameters_of(m) + 2 * places * a_place);
}

Session start(const TrainCommand& command, Workers& workers, const Ranks& ranks) {
  Session s{.book = read_book(command.book), .model = nullptr, .trainer = nullptr, .saves = ranks.is_first()};
  ModelOptions options = command.model;
  options.symbols = s.book.alphabet.size();
  options.context = std::min(options.context, static_cast<Index>(s.book.train.size()) - 1);
  check_memory(estimated_bytes(options, command.training), "--width, --layers, --context, --batch or --average");
  Generator generator(command.training.seed);
  s.model = std::make_unique<Model>(options, generator);
  s.trainer = std::make_unique<Trainer>(*s.model, s.book.train, command.training, workers, &ranks);
  s.recent = RecentWeights(command.training.average);
  return s;
}

Session go_on(TrainCommand& command, const std::string& path, Workers& workers, const Ranks& ranks) {
  Checkpoint checkpoint = load_checkpoint(path);
  if (!checkpoint.training)
    throw Error(fmt::format("{}: made for writing, without what a training needs to go on", path));
  SavedTraining& stored = *checkpoint.training;
  if (!command.book.file.empty()) stored.book.file = command.book.file;
  command.book = stored.book;
  command.training = stored.options;
  std::error_code error;
  if (!command.book.file.empty() && !fs::exists(command.book.file, error))
    throw Error(fmt::format("{}: is not there any more: if it was moved, name it with --text", command.book.file));
  Session s{.book = read_book(command.book),
            .model = std::move(checkpoint.model),
            .trainer = nullptr,
            .saves = ranks.is_first()};
  if (s.book.fingerprint != stored.fingerprint || s.book.alphabet.letters() != checkpoint.alphabet.letters() ||
      static_cast<Index>(s.book.train.size()) <= s.model->options.context)
    throw Error(
        fmt::format("{}: is not the text that the training began with, so it cannot go on exactly; if that "
                    "was moved, name it with --text",
                    s.book.name));
  s.trainer = std::make_unique<Trainer>(*s.model, s.book.train, command.training, workers, &ranks);
  s.trainer->progress = stored.progress;
  s.best_loss = stored.best_loss;
  s.since_best = stored.since_best;
  s.unvalidated = stored.unvalidated;
  s.recent = RecentWeights(command.training.average);
  try {
    s.recent.load(stored.recent, *s.model);
    s.trainer->optimiser.state.load_state_dict(stored.optimiser);
  } catch (const Error& problem) {
    throw Error(fmt::format("{}: {}", path, problem.what()));
  }
  return s;
}

StartValues start_values(const TrainCommand& command, const Session& s) {
  StartValues values;
  nlohmann::json training, model;
  TrainingOptions::fields(command.training, json_writer(training));
  ModelOptions::fields(s.model->options, json_writer(model));
  values.add(training);
  values.add("text", s.book.fingerprint);
  values.add("held-out part", std::to_string(s.book.held_out.size()));
  values.add(model);
  values.add("weights", state_dict(*s.model));
  values.add("optimiser", s.trainer->optimiser.state.state_dict());
  values.add("number of steps so far", std::to_string(s.trainer->progress.steps));
  return values;
}

void save_last(const TrainCommand& command, const Session& s) {
  if (!s.saves) return;
  BookOptions book = command.book;
  book.file = absolute(book.file);
  save_checkpoint(command.folder().last(), *s.model, s.book.alphabet,
                  SavedTraining{.options = s.trainer->options,
                                .progress = s.trainer->progress,
                                .optimiser = s.trainer->optimiser.state.state_dict(),
                                .book = std::move(book),
                                .fingerprint = s.book.fingerprint,
                                .best_loss = s.best_loss,
                                .since_best = s.since_best,
                                .unvalidated = s.unvalidated,
                                .recent = s.recent.tensors()});
}

void save_best(const TrainCommand& command, const Session& s) {
  if (!s.saves) return;
  save_checkpoint(command.folder().best(), *s.model, s.book.alphabet);
}

void save_average(const TrainCommand& command, const Session& s, const Model& average) {
  if (!s.saves) return;
  save_checkpoint(command.folder().average(), average, s.book.alphabet);
}

}  // namespace glance::gpt
