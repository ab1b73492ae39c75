#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "examples/seq2seq/corpus.h"

// The built-in language: a small grammar that writes a sentence in English and in French at once, and so knows from
// which English words each French word comes. (A synchronous grammar: Aho & Ullman 1969, "Syntax directed translations
// and the pushdown assembler".)
//
// One English sentence has one translation, but no word of it can be translated alone: an article needs its noun's
// gender, an adjective changes sides, a past tense brings an auxiliary, a negation stands around the verb.

namespace glance::seq2seq {

enum class Role {
  article,
  noun,
  adjective,
  verb,
  auxiliary,
  participle,
  infinitive,
  negation,
  preposition,
  conjunction,
  punctuation
};

const char* name(Role role);  // "article", …

// One French word.
struct TargetWord {
  std::string text;
  Role role;
  // The English words that it says, by position, in ascending order.
  std::vector<std::size_t> says;
  // The English noun whose gender its form follows, by position: of an article or adjective. (Not in `says`.)
  std::optional<std::size_t> agrees_with;
};

struct Sentence {
  std::vector<std::string> source;      // English
  std::vector<TargetWord> target;       // French
  std::vector<std::size_t> nouns;       // positions in `source`
  std::vector<std::size_t> picks;       // what the grammar picked, in order: the sentence's derivation
  std::vector<std::size_t> noun_picks;  // for each of `nouns`, where in `picks` it was picked
};

// The words alone.
Pair pair(const Sentence& sentence);
std::vector<Pair> pairs(const std::vector<Sentence>& sentences);

// `count` different sentences of 3 to `max_words` English words, the same for the same seed.
// Throws Error if the grammar does not have that many.
std::vector<Sentence> sentences(std::size_t count, std::uint64_t seed, std::size_t max_words = 16);

// The same sentence with one noun, the `which`-th of `sentence.nouns`, replaced by one of the same kind and the other
// gender: which of them, the seed decides. Throws Error if there is no such noun.
Sentence swap_gender(const Sentence& sentence, std::size_t which, std::uint64_t seed);

}  // namespace glance::seq2seq
