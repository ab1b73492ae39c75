#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/looking.h"
#include "glance/nn/workers.h"

// What a translator of the built-in language has understood of its grammar.
namespace glance::seq2seq {

// Whether a model of the built-in language looks where the grammar says that the words come from.
struct Story {
  std::size_t sentences = 0;  // none of them trained on
  Evaluation evaluation;
  std::vector<Translation> written;  // of each sentence
  std::optional<Looking> looking;    // none without attention
  std::size_t swapped =
      0;               // articles whose noun was replaced by one of the other gender, in sentences translated right
  double flipped = 0;  // share of these that the translation of the new sentence has in the other gender
};

// Tells it from sentences of the built-in language.
Story tell_story(const Checkpoint& checkpoint, const std::vector<Sentence>& sentences, Workers& workers,
                 const SearchOptions& search = {}, const Meanwhile& meanwhile = {});

}  // namespace glance::seq2seq
