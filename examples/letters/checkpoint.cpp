// Options, alphabet and the state of a training as JSON and tensors of one file, and checks of what a file claims.
#include "examples/letters/checkpoint.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "examples/common/checkpoint_file.h"
#include "examples/common/json_fields.h"
#include "glance/nn/module.h"
#include "glance/tensor/error.h"
#include "glance/tensor/files/tensor_file.h"

namespace glance::gpt {

namespace {

using nlohmann::json;

constexpr const char* format_key = "glance.letters";
constexpr const char* format_version = "1";

json alphabet_json(const Alphabet& alphabet) {
  if (alphabet.split() == Split::bytes) return {{"split", Split::bytes}};
  return {{"split", Split::characters}, {"letters", alphabet.letters()}};
}

Alphabet alphabet_from(const json& stored) {
  Split split{};
  json_reader(stored)("split", split);
  if (split == Split::bytes) return Alphabet::of({}, split);
  if (split != Split::characters) throw Error("its text is split in a way that this program does not know");
  return Alphabet(split, stored.at("letters").get<std::vector<std::string>>());
}

json training_json(const SavedTraining& t) {
  json stored{{"fingerprint", t.fingerprint},
              {"best_loss", std::isfinite(t.best_loss) ? json(t.best_loss) : json()},
              {"since_best", t.since_best},
              {"unvalidated", t.unvalidated},
              {"book",
               {{"file", name_json(t.book.file)},
                {"split", t.book.split},
                {"held_out", t.book.held_out},
                {"shuffle_lines", t.book.shuffle_lines},
                {"seed", t.book.seed}}}};
  TrainingOptions::fields(t.options, json_writer(stored["options"]));
  Progress::fields(t.progress, json_writer(stored["progress"]));
  return stored;
}

// Numbers that a training divides by, counts to or allocates for.
void check_training(const SavedTraining& t) {
  const TrainingOptions& o = t.options;
  const Progress& p = t.progress;
  constexpr Index most = Index{1} << 31;
  const auto share = [](double x) { return x >= 0 && x <= 1; };
  const auto count = [](Index n, Index least) { return n >= least && n < most; };
  const bool options_fit = count(o.steps, 1) && count(o.batch, 1) && o.shards >= 1 && o.shards <= 1024 &&
                           o.learning_rate > 0 && o.clip > 0 && share(o.final_rate) && share(o.beta2) && o.beta2 < 1 &&
                           o.weight_decay >= 0 && o.warmup >= 0 && o.validate_every >= 0 && o.patience >= 0 &&
                           count(o.average, 0) && o.schedule >= Decay::constant &&
                           o.schedule <= Decay::inverse_square_root && share(t.book.held_out);
  const bool progress_fits =
      p.steps >= 0 && p.steps <= o.steps && p.summed >= 0 && std::isfinite(p.loss_sum) && t.since_best >= 0;
  if (!options_fit || !progress_fits) throw Error("its training options or its progress are out of range");
}

SavedTraining training_from(const json& stored, std::map<std::string, Tensor> optimiser,
                            std::map<std::string, Tensor> recent) {
  SavedTraining t;
  TrainingOptions::fields(t.options, json_reader(stored.at("options")));
  Progress::fields(t.progress, json_reader(stored.at("progress")));
  t.fingerprint = stored.at("fingerprint");
  t.best_loss =
      stored.at("best_loss").is_null() ? std::numeric_limits<double>::infinity() : stored.at("best_loss").get<double>();
  json_reader(stored)("since_best", t.since_best);
  json_reader(stored)("unvalidated", t.unvalidated);
  const json& book = stored.at("book");
  t.book.file = name_from(book.at("file"));
  const auto read = json_reader(book);
  read("split", t.book.split);
  read("held_out", t.book.held_out);
  read("shuffle_lines", t.book.shuffle_lines);
  read("seed", t.book.seed);
  t.optimiser = std::move(optimiser);
  t.recent = std::move(recent);
  check_training(t);
  return t;
}

// The sizes a file claims decide how much memory the model takes, so they are held against the file's own tensors
// first. load_state_dict(), which needs a model, names any other difference.
void check_options(const ModelOptions& o, const Alphabet& alphabet, const std::map<std::string, Tensor>& tensors) {
  if (const auto problem = problem_of(o)) throw Error(*problem);
  if (o.symbols != alphabet.size()) throw Error("its alphabet does not have the size its options say");
  constexpr Index most = Index{1} << 31;
  if (o.context >= most || parameters_of(o) > 4 * element_count(tensors) + 1e6)
    throw Error("its weights do not have the shapes its options say");
}

Checkpoint read(const std::string& path) {
  TensorFile file = load_safetensors(path);
  auto [weights, optimiser, recent] = take_tensors(file, format_key, format_version, "model", "letters");
  const auto part = [&](const char* key) { return json::parse(file.metadata.at(key)); };
  ModelOptions options;
  const json stored = part("model");
  ModelOptions::fields(options, json_reader(stored));
  Checkpoint result{alphabet_from(part("alphabet")), nullptr, {}};
  check_options(options, result.alphabet, weights);
  Generator generator(0);
  result.model = std::make_unique<Model>(options, generator);
  load_state_dict(*result.model, weights);
  if (file.metadata.contains("training"))
    result.training = training_from(part("training"), std::move(optimiser), std::move(recent));
  return result;
}

}  // namespace

void save_checkpoint(const std::string& path, const Model& model, const Alphabet& alphabet,
                     const std::optional<SavedTraining>& training) {
  std::map<std::string, Tensor> tensors = state_dict(model);
  json options;
  ModelOptions::fields(model.options, json_writer(options));
  Metadata metadata{
      {format_key, format_version}, {"model", options.dump()}, {"alphabet", alphabet_json(alphabet).dump()}};
  if (training) {
    metadata["training"] = training_json(*training).dump();
    add_tensors(tensors, optimiser_prefix, training->optimiser);
    add_tensors(tensors, recent_prefix, training->recent);
  }
  save_safetensors(path, tensors, metadata);
}

Checkpoint load_checkpoint(const std::string& path) {
  return read_checkpoint(path, [&] { return read(path); });
}

Checkpoint load_model(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return load_checkpoint(path);
  for (const char* name : {"best", "last"})
    if (const fs::path file = fs::path(path) / name; fs::exists(file, error)) return load_checkpoint(file.string());
  throw Error(fmt::format("{}: a folder without a model: name one that `letters train --out` has written", path));
}

}  // namespace glance::gpt
