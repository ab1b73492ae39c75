#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "examples/letters/alphabet.h"
#include "examples/letters/book.h"
#include "examples/letters/model.h"
#include "examples/letters/training.h"

// Models of letters in files, with all that is needed to write, and to go on training.
namespace glance::gpt {

// What a training needs to go on.
struct SavedTraining {
  TrainingOptions options;
  Progress progress;
  std::map<std::string, Tensor> optimiser;
  BookOptions book;                           // the file as an absolute path
  std::string fingerprint;                    // of the text
  double best_loss = 0;                       // of the validations so far; infinite before the first
  Index since_best = 0;                       // validations since the best one
  bool unvalidated = false;                   // a validation is due: this was saved before it was done
  std::map<std::string, Tensor> recent = {};  // weights at the last validations, where their mean is asked for
};

// A model and the letters it knows: one safetensors file, weights by name, options and alphabet in the metadata.
struct Checkpoint {
  Alphabet alphabet;
  std::unique_ptr<Model> model;
  std::optional<SavedTraining> training;  // absent from a file kept only for writing
};

// Writes the file whole or not at all. Error, with the reason, when it cannot be written; the old file is then
// untouched.
void save_checkpoint(const std::string& path, const Model& model, const Alphabet& alphabet,
                     const std::optional<SavedTraining>& training = {});

// Error, which names the file, for one that cannot be read, was cut short, is no model of letters, or holds numbers
// that are not finite.
Checkpoint load_checkpoint(const std::string& path);

// The checkpoint at `path`; in a training's folder its best, or its last before the first validation. Error as above.
Checkpoint load_model(const std::string& path);

}  // namespace glance::gpt
