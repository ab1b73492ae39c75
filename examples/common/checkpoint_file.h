#pragma once

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "glance/tensor/error.h"
#include "glance/tensor/files/safetensors.h"
#include "glance/tensor/files/tensor_file.h"

// What the checkpoints of all programs have in common: a mark that says whose they are, weights and what their training
// needs in one safetensors file, and errors that name the file.
namespace glance {

// Before the names of the optimiser's tensors, and of the weights at recent moments, so that they stand apart from the
// weights.
inline constexpr std::string_view optimiser_prefix = "optimiser.", recent_prefix = "recent.";

// Adds such tensors to the weights that a checkpoint is written with.
inline void add_tensors(std::map<std::string, Tensor>& tensors, std::string_view prefix,
                        const std::map<std::string, Tensor>& added) {
  for (const auto& [key, tensor] : added) tensors.emplace(std::string(prefix) + key, tensor);
}

// A checkpoint's tensors, apart.
struct CheckpointTensors {
  std::map<std::string, Tensor> weights, optimiser, recent;
};

// Takes the tensors of a file. Error unless the file has this version under this key; `noun` and `owner` say what it
// should be: "a safetensors file, but not a NOUN of OWNER".
inline CheckpointTensors take_tensors(TensorFile& file, const char* key, const char* version, const char* noun,
                                      const char* owner) {
  if (!file.metadata.contains(key)) throw Error(fmt::format("a safetensors file, but not a {} of {}", noun, owner));
  if (file.metadata.at(key) != version)
    throw Error(fmt::format("a {} of format {}, but this program reads format \"{}\"", noun,
                            detail::in_quotes(file.metadata.at(key)), version));
  CheckpointTensors result;
  for (auto& [name, tensor] : file.tensors) {
    if (name.starts_with(optimiser_prefix))
      result.optimiser.emplace(name.substr(optimiser_prefix.size()), std::move(tensor));
    else if (name.starts_with(recent_prefix))
      result.recent.emplace(name.substr(recent_prefix.size()), std::move(tensor));
    else
      result.weights.emplace(name, std::move(tensor));
  }
  return result;
}

// The elements of all tensors together: what the sizes that a file claims are held against.
inline double element_count(const std::map<std::string, Tensor>& tensors) {
  double count = 0;
  for (const auto& [name, tensor] : tensors) count += static_cast<double>(tensor.numel());
  return count;
}

// What `read` gives; whatever is wrong becomes an Error that names the file.
template <class Read>
auto read_checkpoint(const std::string& path, Read&& read) {
  try {
    return read();
  } catch (const nlohmann::json::exception&) {
    throw Error(fmt::format("{}: its description cannot be read: the file is damaged", path));
  } catch (const std::out_of_range&) {
    throw Error(fmt::format("{}: parts of its description are missing: the file is damaged", path));
  } catch (const Error& error) {
    const std::string text = error.what();
    throw Error(text.starts_with(path) ? text : fmt::format("{}: {}", path, text));
  }
}

}  // namespace glance
