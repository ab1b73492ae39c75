#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "examples/gaps/model.h"
#include "examples/gaps/training.h"

// A model and what its training needs to go on: one safetensors file, weights under their PyTorch names, the rest in
// the metadata.
namespace glance::gaps {

// What a file holds.
struct Checkpoint {
  std::unique_ptr<Model> model;
  seq2seq::Vocabulary words;
  DataOptions data;
  TrainingOptions training;
  std::uint64_t fingerprint = 0;            // of the sentences
  std::map<std::string, Tensor> optimiser;  // Adam's state, the number of steps in it
};

// Writes the file whole or not at all. Error, with the reason, when it cannot be written.
void save(const std::string& path, const Model& model, const Data& data, const DataOptions& options,
          const Trainer& trainer);

// Error, which names the file, for one that cannot be read, was cut short, or is no model of this program.
Checkpoint load_checkpoint(const std::string& path);

// Where a person's MODEL is: the file, or in the folder of a training the file `model`.
std::string model_path(const std::string& model);

}  // namespace glance::gaps
