// What a training checks before it starts, how it starts or goes on, and what it saves.
#include "examples/translate/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "examples/common/json_fields.h"
#include "examples/common/output_file.h"
#include "examples/common/shell.h"
#include "examples/common/training_folder.h"
#include "examples/seq2seq/checkpoint.h"
#include "examples/translate/memory.h"
#include "glance/nn/module.h"
#include "glance/tensor/files/file.h"

namespace glance::seq2seq {

namespace {

namespace fs = std::filesystem;

// The pairs that a report measures on.
std::vector<Pair> report_words(const TrainCommand& command, Data& data) {
  if (command.report.empty()) return {};
  return std::move(data.pairs.test.empty() ? data.pairs.train : data.pairs.test);
}

// How far learned positions reach: over every sentence of the pairs, and what may be written for the longest.
Index places_for(const Numbered& pairs, const LengthBound& length) {
  std::size_t longest = 1;
  for (const auto& part : {std::span(pairs.train), std::span(pairs.test)})
    for (const Example& example : part) longest = std::max({longest, example.source.size(), example.target.size()});
  const auto most = static_cast<Index>(longest);
  return std::max(most, length(most));
}

void check_words(const Vocabulary& vocabulary, const char* side, const DataOptions& options) {
  if (vocabulary.size() == Vocabulary().size())
    throw Error(fmt::format("no {} word is there {} times: lower --min-count", side, options.min_count));
}

// Files that a training began with may have been moved since.
void check_there(const DataOptions& data) {
  std::error_code error;
  for (const auto& [path, option] : {std::pair(data.pairs, "--pairs"), std::pair(data.test, "--test")})
    if (!path.empty() && !fs::exists(path, error))
      throw Error(fmt::format("{}: is not there any more: if it was moved, name it with {}", path, option));
}

}  // namespace

std::string last_path(const TrainCommand& command) { return TrainingFolder{command.out}.last(); }
std::string best_path(const TrainCommand& command) { return TrainingFolder{command.out}.best(); }
std::string average_path(const TrainCommand& command) { return TrainingFolder{command.out}.average(); }
std::string log_path(const TrainCommand& command) { return TrainingFolder{command.out}.log(); }

void check_folder(const TrainCommand& command) { TrainingFolder{command.out}.check(command.resume, command.overwrite); }

void check_report(const TrainCommand& command) {
  if (command.report.empty()) return;
  const auto place = [](const std::string& path) {
    std::error_code error;
    return fs::weakly_canonical(fs::absolute(path, error), error);
  };
  // Those that the training has yet to write.
  for (const auto& path : {last_path(command), best_path(command), average_path(command), log_path(command)})
    if (place(path) == place(command.report))
      throw Error(fmt::format("--report {}: would be written over {}: name another file", command.report, path));
  check_replaceable("--report", command.report, Report::beginning);
}

bool Session::is_over() const {
  const Index patience = trainer->options.patience;
  const bool all_done = trainer->progress.epochs >= trainer->options.epochs;
  return !unvalidated && (all_done || (patience > 0 && since_best >= patience));
}

Session start(const TrainCommand& command, Workers& workers, const Ranks& ranks) {
  Session s;
  s.saves = ranks.is_first();
  Data data = load_data(command.data, command.training.seed);
  s.summary = data.summary;
  s.text = command.data.text;
  s.description = describe(command.data, data);
  s.numbered = number_words(data.pairs, command.data.min_count);
  check_words(s.numbered.source, "source", command.data);
  check_words(s.numbered.target, "target", command.data);
  ModelOptions options = command.model;
  options.source_words = s.numbered.source.size();
  options.target_words = s.numbered.target.size();
  options.length = length_bound_of(s.numbered.train);
  options.length.fixed = command.max_output;
  options.places = places_for(s.numbered, options.length);
  s.report_words = report_words(command, data);
  check_memory(options, command.training, s.numbered.train);
  Generator generator(command.training.seed);
  s.model = std::make_unique<Translator>(options, generator);
  s.trainer = std::make_unique<Trainer>(*s.model, s.numbered.train, command.training, workers, &ranks);
  s.recent = RecentWeights(command.training.average);
  return s;
}

Session go_on(TrainCommand& command, const std::string& path, Workers& workers, const Ranks& ranks) {
  Checkpoint checkpoint = load_checkpoint(path);
  if (!checkpoint.training)
    throw Error(fmt::format("{}: made for translating, without what a training needs to go on", path));
  auto& stored = *checkpoint.training;
  Session s;
  s.saves = ranks.is_first();
  try {
    command.data = data_options(stored.data, command.data);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
  command.model = checkpoint.model->options();
  command.training = stored.options;
  check_there(command.data);
  Data data = load_data(command.data, command.training.seed);
  s.summary = data.summary;
  check_same(stored.data, command.data, data);
  s.description = describe(command.data, data);  // the files may be elsewhere now
  s.text = checkpoint.text;
  s.numbered.source = std::move(checkpoint.source);
  s.numbered.target = std::move(checkpoint.target);
  s.model = std::move(checkpoint.model);
  s.numbered.train = encode(data.pairs.train, s.numbered.source, s.numbered.target);
  s.numbered.test = encode(data.pairs.test, s.numbered.source, s.numbered.target);
  s.report_words = report_words(command, data);
  s.trainer = std::make_unique<Trainer>(*s.model, s.numbered.train, command.training, workers, &ranks);
  s.trainer->progress = stored.progress;
  s.best_score = stored.best_score;
  s.since_best = stored.since_best;
  s.unvalidated = stored.unvalidated;
  s.recent = RecentWeights(command.training.average);
  try {
    s.recent.load(stored.recent, *s.model);
    s.trainer->adam.state.load_state_dict(stored.optimiser);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
  const Progress& p = stored.progress;
  const Index per_epoch = s.trainer->batches_per_epoch();
  if (p.batches >= per_epoch || p.steps != p.epochs * per_epoch + p.batches)
    throw Error(fmt::format("{}: its progress does not fit its pairs: the file is damaged", path));
  return s;
}

StartValues start_values(const TrainCommand& command, const Session& s) {
  StartValues values;
  nlohmann::json training, model;
  TrainingOptions::fields(command.training, json_writer(training));
  ModelOptions::fields(s.model->options(), json_writer(model));
  values.add(training);
  values.add("pairs", fingerprint_in(s.description));
  values.add(model);
  values.add("weights", state_dict(*s.model));
  values.add("optimiser", s.trainer->adam.state.state_dict());
  values.add("number of steps so far", std::to_string(s.trainer->progress.steps));
  return values;
}

void save_last(const TrainCommand& command, const Session& s) {
  if (!s.saves) return;
  save_checkpoint(last_path(command), *s.model, s.numbered.source, s.numbered.target,
                  SavedTraining{.options = s.trainer->options,
                                .progress = s.trainer->progress,
                                .optimiser = s.trainer->adam.state.state_dict(),
                                .best_score = s.best_score,
                                .data = s.description,
                                .since_best = s.since_best,
                                .unvalidated = s.unvalidated,
                                .recent = s.recent.tensors()},
                  s.text);
  if (s.report) write_file(command.report, s.report->page());
}

void save_best(const TrainCommand& command, const Session& s) {
  if (!s.saves) return;
  save_checkpoint(best_path(command), *s.model, s.numbered.source, s.numbered.target, {}, s.text);
}

void save_average(const TrainCommand& command, const Session& s, const Translator& average) {
  if (!s.saves) return;
  save_checkpoint(average_path(command), average, s.numbered.source, s.numbered.target, {}, s.text);
}

std::string command_to_go_on(const TrainCommand& command) {
  std::string text = command.program + " train --resume --out " + from_anywhere(command.out);
  if (!command.report.empty()) text += " --report " + from_anywhere(command.report);
  return text;
}

}  // namespace glance::seq2seq
