#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "examples/seq2seq/model.h"
#include "examples/seq2seq/training.h"
#include "examples/seq2seq/vocabulary.h"

// Translators in files, with all that is needed to translate, and to go on training.
namespace glance::seq2seq {

// What a training needs to go on.
struct SavedTraining {
  TrainingOptions options;
  Progress progress;
  std::map<std::string, Tensor> optimiser;
  double best_score = 0;                      // of the validations so far
  std::string data;                           // JSON of the program's own: which pairs these were
  Index since_best = 0;                       // validations since the best one
  bool unvalidated = false;                   // a validation is due: this was saved before it was done
  std::map<std::string, Tensor> recent = {};  // weights at the last validations, where their mean is asked for
};

// A translator and the words it speaks: one safetensors file. The weights stand under their PyTorch names, the options
// and the vocabularies in the metadata. What older files do not say is as it was then: text in words and lower case, a
// translation of at most two words for each of the source and ten.
struct Checkpoint {
  std::unique_ptr<Translator> model;
  Vocabulary source, target;
  TextOptions text;                       // how a sentence becomes words of the vocabularies
  std::optional<SavedTraining> training;  // absent from a file kept only for translating
};

// Writes the file whole or not at all. Error, with the reason, when it cannot be written; the old file is then
// untouched.
void save_checkpoint(const std::string& path, const Translator& model, const Vocabulary& source,
                     const Vocabulary& target, const std::optional<SavedTraining>& training = {},
                     const TextOptions& text = {});

// `own`: kinds of attention beside those of kinds.h, for a translator that was made with one of them. Error, which
// names the file, for one that cannot be read, was cut short, or is no translator.
Checkpoint load_checkpoint(const std::string& path, std::span<const AttentionChoice> own = {});

}  // namespace glance::seq2seq
