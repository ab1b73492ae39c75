#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "examples/common/normalise.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/vocabulary.h"

// Sentences to learn from and to be examined on: French ones of the built-in language, or a person's own.
namespace glance::gaps {

// How a gap is written.
inline constexpr std::string_view gap = "_";

// Which sentences.
struct DataOptions {
  std::string text = {};   // a file with a sentence on each line; empty: the built-in language
  TextOptions split = {};  // how a line becomes words
  Index longest = 64;      // longer sentences of a file are left out
  Index min_count = 1;     // words that are rarer become the unknown one
  double held_out = 0.1;   // share that is for the examination
  std::uint64_t seed = 1;  // decides which, and draws the built-in language's

  // The list of what a file keeps of them: calls f(name, option).
  static void fields(auto& o, auto&& f) {
    f("text", o.text);
    f("unit", o.split.unit);
    f("keep_case", o.split.keep_case);
    f("longest", o.longest);
    f("min_count", o.min_count);
    f("held_out", o.held_out);
    f("seed", o.seed);
  }
};

// A sentence as numbers of its words.
using Numbers = std::vector<Index>;

// Sentences made ready.
struct Data {
  std::string summary;  // for the reader
  seq2seq::Vocabulary words;
  std::vector<Numbers> train, test;
  std::vector<seq2seq::Sentence> grammar;  // behind each of `test`, of the built-in language only

  // The longest sentence's words.
  Index longest() const;
  // A number that is the same for the same sentences, as good as always.
  std::uint64_t fingerprint() const;
};

// Error, which names the file and the line, for text that cannot be used.
Data load(const DataOptions& options);

}  // namespace glance::gaps
