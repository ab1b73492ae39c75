#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "examples/seq2seq/grammar.h"

// What is wrong with a translation of the built-in language, told from the grammar, which knows what each word of the
// right one says, what it agrees with and what it is.
namespace glance::seq2seq {

// A way in which a word of a translation is wrong.
enum class Slip {
  agreement,  // the right word in the other gender: "petit" for "petite"
  order,      // a right word in another place: "le noir chat" for "le chat noir"
  negation,   // "ne" or "pas" is missing, or is there and should not be
  auxiliary,  // "a" or "va" is missing, too many or taken for the other, or the verb has the form of another tense
  repeated,   // a word that was said already
  dropped,    // a word is missing
  other_word  // another word altogether
};
inline constexpr std::size_t slip_count = 7;

// "agreement", …
const char* name(Slip slip);

// One place at which a translation is wrong.
struct WrongPlace {
  Slip slip;
  std::optional<std::size_t> written;  // the word in what was written; none where one is missing
  std::optional<std::size_t> right;    // the word of sentence.target that is missing or was meant; none: one too many
};

// The places at which what was written differs from the right translation, in the order of what was written; where a
// word is missing, before the word that stands there. Empty when it is right. The two are laid beside each other so
// that as little as possible differs (Levenshtein, 1966), where another form of the same word differs less than
// another word.
std::vector<WrongPlace> slips_of(const Sentence& sentence, std::span<const std::string> written);

// The one way in which all wrong places are wrong; none when there are several ways, or no wrong place.
std::optional<Slip> only_slip(std::span<const WrongPlace> places);

}  // namespace glance::seq2seq
