#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "examples/translate/commands.h"
#include "examples/translate/explained.h"

// What changes in a translation when attention may not see a word, when heads of a Transformer say nothing, or when a
// word of the sentence is another. Each is told as text and as JSON.
namespace glance::seq2seq {

// UsageError when the model is no Transformer, or has no such head.
void check_heads(const Translator& model, std::span<const Head> heads);

// The same translator, sharing its parameters, in which none of these heads says anything. UsageError as check_heads().
Translator without_heads(const Translator& model, std::span<const Head> heads);

// With source word `place`, counted from 1, out of attention's sight: the translation, and how likely each word of the
// first one has become. UsageError when there is no such word, as below.
std::string hidden_text(const Checkpoint& checkpoint, const Explained& e, std::size_t place, Index beam);
nlohmann::ordered_json hidden_json(const Checkpoint& checkpoint, const Explained& e, std::size_t place, Index beam);

// The same without some heads. The sentence has words.
std::string hidden_heads_text(const Checkpoint& checkpoint, const Explained& e, std::span<const Head> heads,
                              Index beam);
// Empty lists for a sentence without words.
nlohmann::ordered_json hidden_heads_json(const Checkpoint& checkpoint, const Explained& e, std::span<const Head> heads,
                                         Index beam);

// The sentence with one word replaced, all anew, beside what it was.
std::string swapped_text(const Checkpoint& checkpoint, const Explained& e, const ExplainCommand::Swap& change,
                         Index beam);
nlohmann::ordered_json swapped_json(const Checkpoint& checkpoint, const Explained& e,
                                    const ExplainCommand::Swap& change, Index beam);

}  // namespace glance::seq2seq
