#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "examples/common/heatmap.h"
#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/evidence.h"
#include "examples/translate/sentence.h"

// A sentence that was translated to be looked at: what every part of `translate explain` begins with.
namespace glance::seq2seq {

// A sentence, its translation, and what was measured of the two.
struct Explained {
  Outcome outcome;
  AttentionPicture picture;
  Evidence evidence;
  bool is_product;  // whether a score is query · key

  // The sentence and its translation in one line.
  std::string title(const Checkpoint& checkpoint) const;
};

// Translates these words, says on standard error what is wrong with them, and measures. `beam`: hypotheses kept;
// `place`: of the sentence, for what is said.
Explained explain_words(const Checkpoint& checkpoint, std::vector<std::string> words, Index beam,
                        const std::string& place);

// "1 word", "5 words".
std::string counted(std::size_t count);

// UsageError unless this place, counted from 1, is among the `count` words of what `of` names.
void check_place(const char* option, std::size_t place, const char* of, std::size_t count);

}  // namespace glance::seq2seq
