#include "examples/gaps/checkpoint.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "glance/nn/module.h"
#include "glance/tensor/files/tensor_file.h"

namespace glance::gaps {

namespace {

using nlohmann::json;

constexpr const char* format_key = "glance.gaps";
constexpr const char* format_version = "1";
const std::string optimiser_prefix = "optimiser.";

template <class Options>
std::string written(const Options& options) {
  json result;
  Options::fields(options, [&](const char* name, const auto& value) { result[name] = value; });
  return result.dump();
}

template <class Options>
Options read_options(const std::string& text) {
  const json stored = json::parse(text);
  Options result;
  Options::fields(result, [&](const char* name, auto& value) {
    using T = std::remove_reference_t<decltype(value)>;
    const json& one = stored.at(name);
    // JSON would turn 1e300 into a whole number of its own choice.
    if constexpr ((std::is_integral_v<T> && !std::is_same_v<T, bool>) || std::is_enum_v<T>)
      if (!one.is_number_integer()) throw Error(fmt::format("its {} is not a whole number", name));
    one.get_to(value);
  });
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
  double elements = 0;
  for (const auto& [name, tensor] : weights) elements += static_cast<double>(tensor.numel());
  if (parameters_of(o) != elements) throw Error("its weights do not have the shapes its options say");
}

Checkpoint read(const std::string& path) {
  TensorFile file = load_safetensors(path);
  if (!file.metadata.contains(format_key)) throw Error("a safetensors file, but not a model of gaps");
  if (file.metadata.at(format_key) != format_version)
    throw Error(fmt::format("a model of format {}, but this program reads format \"{}\"",
                            detail::in_quotes(file.metadata.at(format_key)), format_version));
  const auto part = [&](const char* key) -> const std::string& { return file.metadata.at(key); };
  Checkpoint result;
  std::map<std::string, Tensor> weights;
  for (auto& [key, tensor] : file.tensors) {
    if (key.starts_with(optimiser_prefix))
      result.optimiser.emplace(key.substr(optimiser_prefix.size()), std::move(tensor));
    else
      weights.emplace(key, std::move(tensor));
  }
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
  for (const auto& [key, tensor] : trainer.adam.state.state_dict()) tensors.emplace(optimiser_prefix + key, tensor);
  save_safetensors(path, tensors,
                   {{format_key, format_version},
                    {"model", written(model.options)},
                    {"words", json(data.words.words()).dump()},
                    {"data", written(options)},
                    {"training", written(trainer.options)},
                    {"fingerprint", json(data.fingerprint()).dump()}});
}

Checkpoint load_checkpoint(const std::string& path) {
  try {
    return read(path);
  } catch (const json::exception&) {
    throw Error(fmt::format("{}: its description cannot be read: the file is damaged", path));
  } catch (const std::out_of_range&) {
    throw Error(fmt::format("{}: parts of its description are missing: the file is damaged", path));
  } catch (const Error& error) {
    const std::string text = error.what();
    throw Error(text.starts_with(path) ? text : fmt::format("{}: {}", path, text));
  }
}

std::string model_path(const std::string& model) {
  std::error_code error;
  return std::filesystem::is_directory(model, error) ? (std::filesystem::path(model) / "model").string() : model;
}

}  // namespace glance::gaps
