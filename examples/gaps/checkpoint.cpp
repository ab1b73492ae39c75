// Options, words and the state of a training as JSON and tensors of one file, and checks of what a file claims.
#include "examples/gaps/checkpoint.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "examples/common/checkpoint_file.h"
#include "examples/common/json_fields.h"
#include "glance/nn/module.h"
#include "glance/tensor/files/tensor_file.h"

namespace glance::gaps {

namespace {

using nlohmann::json;

constexpr const char* format_key = "glance.gaps";
constexpr const char* format_version = "1";

template <class Options>
std::string written(const Options& options) {
  json result;
  Options::fields(options, json_writer(result));
  return result.dump();
}

template <class Options>
Options read_options(const std::string& text) {
  const json stored = json::parse(text);
  Options result;
  Options::fields(result, json_reader(stored));
  return result;
}

// The sizes that a file claims decide how much memory its model takes, so they are held against its tensors first.
void check(const Checkpoint& c, const ModelOptions& o, const std::map<std::string, Tensor>& weights) {
  constexpr Index most = Index{1} << 31;
  const bool model_fits = o.longest >= 1 && o.longest < most && o.width >= 1 && o.width < most && o.heads >= 1 &&
                          o.width % o.heads == 0 && o.layers >= 1 && o.dropout >= 0 && o.dropout < 1;
  const TrainingOptions& t = c.training;
  const bool training_fits = t.steps >= 1 && t.steps < most && t.batch >= 1 && t.batch < most && t.shards >= 1 &&
                             t.learning_rate > 0 && t.warmup >= 0 && t.hidden > 0 && t.hidden <= 1 && t.clip > 0;
  const bool data_fits = c.data.longest >= 1 && c.data.min_count >= 1 && c.data.held_out > 0 && c.data.held_out < 1 &&
                         c.data.split.unit >= Unit::words && c.data.split.unit <= Unit::characters;
  if (!model_fits || !training_fits || !data_fits) throw Error("its options are out of range");
  if (o.words != c.words.size()) throw Error("its vocabulary does not have the size its options say");
  if (parameters_of(o) != element_count(weights)) throw Error("its weights do not have the shapes its options say");
}

Checkpoint read(const std::string& path) {
  TensorFile file = load_safetensors(path);
  auto [weights, optimiser, recent] = take_tensors(file, format_key, format_version, "model", "gaps");
  const auto part = [&](const char* key) -> const std::string& { return file.metadata.at(key); };
  Checkpoint result;
  result.optimiser = std::move(optimiser);
  const auto options = read_options<ModelOptions>(part("model"));
  result.words = seq2seq::Vocabulary(json::parse(part("words")).get<std::vector<std::string>>());
  result.data = read_options<DataOptions>(part("data"));
  result.training = read_options<TrainingOptions>(part("training"));
  result.fingerprint = json::parse(part("fingerprint")).get<std::uint64_t>();
  check(result, options, weights);
  Generator generator(0);
  result.model = std::make_unique<Model>(options, generator);
  load_state_dict(*result.model, weights);
  return result;
}

}  // namespace

void save(const std::string& path, const Model& model, const Data& data, const DataOptions& options,
          const Trainer& trainer) {
  std::map<std::string, Tensor> tensors = state_dict(model);
  add_tensors(tensors, optimiser_prefix, trainer.adam.state.state_dict());
  save_safetensors(path, tensors,
                   {{format_key, format_version},
                    {"model", written(model.options)},
                    {"words", json(data.words.words()).dump()},
                    {"data", written(options)},
                    {"training", written(trainer.options)},
                    {"fingerprint", json(data.fingerprint()).dump()}});
}

Checkpoint load_checkpoint(const std::string& path) {
  return read_checkpoint(path, [&] { return read(path); });
}

std::string model_path(const std::string& model) {
  std::error_code error;
  return std::filesystem::is_directory(model, error) ? (std::filesystem::path(model) / "model").string() : model;
}

}  // namespace glance::gaps
