#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "examples/common/heatmap.h"
#include "examples/common/usage_error.h"
#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/search.h"
#include "glance/nn/workers.h"

// What translate and explain do with a single sentence.
namespace glance::seq2seq {

// A checkpoint; of a training's folder its best, or its last before the first validation. `max_output`: the most words
// of a translation; 0: as the checkpoint says.
Checkpoint load_model(const std::string& path, Index max_output = 0);

// A sentence as the model meets it, and what the model made of it.
struct Outcome {
  std::vector<std::string> source;
  std::vector<Index> numbers;        // the same by the model's vocabulary
  std::vector<std::string> unknown;  // source words the model has never seen
  Translation translation;           // no words when there are no source words
};

// A sentence by the model's vocabulary, not yet translated. Error for text that is no UTF-8 or no sentence.
Outcome read_sentence(const Checkpoint& checkpoint, const std::string& sentence);
Outcome read_words(const Checkpoint& checkpoint, std::vector<std::string> words);

// Translates sentences that were read, all at once on the workers. Greedy unless the options say otherwise.
void translate_sentences(const Checkpoint& checkpoint, std::span<Outcome> sentences, Workers& workers,
                         const SearchOptions& options = {});

// The target words as they are shown, "<end>" among them.
std::vector<std::string> shown_words(const std::vector<Index>& words, const Vocabulary& target);

// What attention weighted. Error for a model without attention.
AttentionPicture picture_of(const Outcome& outcome, const Vocabulary& target);

// Which of a Transformer's weights these are, "cross-attention, layer 2 of 2, mean over 4 heads"; layer and head are
// counted from 0, and nothing stands for the last layer, and for the mean. Nothing to say of other models.
std::string name_of_weights(const ModelOptions& model, AttentionPlace place = AttentionPlace::cross,
                            std::optional<std::size_t> layer = {}, std::optional<std::size_t> head = {});

// Says on standard error which words are unknown, with the word of the model's that is nearest to each if one is near,
// and that a translation was stopped. `place`: of the sentence, "standard input:3: " or nothing.
void warn(const Outcome& outcome, const Checkpoint& checkpoint, const std::string& place = {});

// Calls with each of `sentences`, or, if there is none, each line of standard input, and with what names its place in
// warnings: nothing, or "standard input:3: ". Errors name the line.
void for_each_sentence(const std::vector<std::string>& sentences,
                       const std::function<void(const std::string& sentence, const std::string& place)>& call);

}  // namespace glance::seq2seq
