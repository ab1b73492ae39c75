#pragma once

#include <string>
#include <vector>

#include "examples/common/terminal.h"
#include "examples/seq2seq/model.h"
#include "examples/seq2seq/vocabulary.h"

// The picture of one sentence's attention that train shows while it works.
namespace glance::seq2seq {

// A sentence to be looked at while a translator trains. Looking draws no random number and changes nothing.
class Watch {
 public:
  // Shares the model's parameters, and keeps a reference to the target's vocabulary. Error for a model without
  // attention or no words.
  Watch(const Translator& model, const Vocabulary& target, const TextOptions& text, std::vector<std::string> words,
        std::vector<Index> numbers);

  // The sentence, how the model translates it now, and what it weighted, in lines; of a Transformer also which weights
  // these are.
  std::string picture(const Terminal& terminal) const;

 private:
  Translator model_;
  const Vocabulary& target_;
  TextOptions text_;
  std::vector<std::string> words_;
  std::vector<Index> numbers_;
};

}  // namespace glance::seq2seq
