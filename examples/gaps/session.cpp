// How a training begins or goes on, once it is known to fit into memory and to be of the same sentences.
#include "examples/gaps/session.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "examples/common/json_fields.h"
#include "examples/common/memory.h"
#include "examples/gaps/checkpoint.h"
#include "glance/nn/module.h"
#include "glance/tensor/error.h"

namespace glance::gaps {

namespace {

// What a step needs at the most: weights, gradients and moments, and the hidden numbers of a batch of longest
// sentences.
double estimated_bytes(const ModelOptions& o, const TrainingOptions& t) {
  const double rows = static_cast<double>(t.batch) * static_cast<double>(o.longest);
  const double block = rows * (20. * static_cast<double>(o.width) + 3. * static_cast<double>(o.heads * o.longest));
  return 4 * (4 * parameters_of(o) + o.layers * block + 2 * rows * static_cast<double>(o.words));
}

}  // namespace

Session start(const ModelOptions& model, const DataOptions& data, const TrainingOptions& training, Workers& workers,
              const Ranks* ranks) {
  Session s{std::make_unique<Data>(load(data)), nullptr, nullptr};
  ModelOptions options = model;
  options.words = s.data->words.size();
  options.longest = s.data->longest();
  check_memory(estimated_bytes(options, training), "--width, --layers or --batch, or raise --min-count");
  Generator generator(training.seed);
  s.model = std::make_unique<Model>(options, generator);
  s.trainer = std::make_unique<Trainer>(*s.model, s.data->train, training, workers, ranks);
  return s;
}

Session go_on(TrainCommand& command, const std::string& path, Workers& workers, const Ranks* ranks) {
  Checkpoint checkpoint = load_checkpoint(path);
  if (!command.data.text.empty()) checkpoint.data.text = command.data.text;  // it was moved
  command.data = checkpoint.data;
  command.training = checkpoint.training;
  std::error_code missing;
  if (!command.data.text.empty() && !std::filesystem::exists(command.data.text, missing))
    throw Error(fmt::format("{}: is not there any more: if it was moved, name it with --text", command.data.text));
  Session s{std::make_unique<Data>(load(command.data)), std::move(checkpoint.model), nullptr};
  if (s.data->words.words() != checkpoint.words.words() || s.data->fingerprint() != checkpoint.fingerprint)
    throw Error(fmt::format("{}: was trained on other sentences: go on with those", path));
  s.trainer = std::make_unique<Trainer>(*s.model, s.data->train, command.training, workers, ranks);
  try {
    s.trainer->adam.state.load_state_dict(checkpoint.optimiser);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", path, error.what()));
  }
  return s;
}

StartValues start_values(const Session& s) {
  StartValues values;
  nlohmann::json training, model;
  TrainingOptions::fields(s.trainer->options, json_writer(training));
  ModelOptions::fields(s.model->options, json_writer(model));
  values.add(training);
  values.add("sentences", fmt::format("{:016x}", s.data->fingerprint()));
  values.add(model);
  values.add("weights", state_dict(*s.model));
  values.add("optimiser", s.trainer->adam.state.state_dict());
  return values;
}

}  // namespace glance::gaps
