#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "examples/common/normalise.h"

// Sentence pairs: from files, and cut into those to learn from and those to be examined on.

namespace glance::seq2seq {

// A sentence and its translation, as words, or what else the text was split into.
struct Pair {
  std::vector<std::string> source, target;
};

struct ReadOptions {
  bool reverse = false;       // the second column is the source
  std::size_t max_words = 0;  // pairs with a longer side are dropped; 0: none is
  std::size_t limit = 0;      // the most pairs to keep, the first ones; 0: all
  TextOptions text = {};      // how each side becomes words
};

// A pair that is far longer than the others: more than ten times as long as half of them, and a hundred words at least.
struct LongPair {
  std::size_t line = 0, words = 0;  // of its longer side
};

struct Corpus {
  std::vector<Pair> pairs;   // never empty
  std::size_t lines = 0;     // read; beyond the limit the file is not looked at
  std::size_t too_long = 0;  // pairs dropped for max_words
  std::size_t blank = 0;     // lines without a character to see
  std::size_t middle = 0;    // half of the pairs have no side with more words
  std::vector<LongPair> far_longer;
  const char* thing = "pair";  // what a line holds, "pair" or "sentence"
};

// Reads one pair a line: source, a tab, target; further columns are ignored. The text is UTF-8, with or without a byte
// order mark, and each side goes through to_units(). Lines end in LF, CRLF or CR; in a file whose first 64 KiB have
// none of these, in whichever comes first of NEL (U+0085), the separators U+2028 and U+2029, a vertical tab and a form
// feed.
//
// Throws Error, with the file and the line, for: a file that is missing, a directory, cannot be read or holds no pair;
// a line without a tab, with an empty side, longer than 64 KiB, or not UTF-8.
Corpus read_pairs(const std::string& path, const ReadOptions& options = {});

// The same from an open stream; `name` stands for the file in errors.
Corpus read_pairs(std::istream& stream, const std::string& name, const ReadOptions& options = {});

// Reads one sentence a line, as the sources of pairs without targets; a tab is a space. For the rest as read_pairs().
Corpus read_sentences(const std::string& path, const ReadOptions& options = {});

// What was read and dropped, in words: "9580 pairs; dropped 3 with more than 10 words"; of sentences, "9580
// sentences".
std::string describe(const Corpus& corpus, const ReadOptions& options);

struct Split {
  std::vector<Pair> train, test;
};

// Holds out a share of the *different source sentences* with all their translations, so that no sentence of the
// examination was seen in training. Which ones depends on the seed and on the sentence, not on its place; at least one
// is held out, and one left. Order is kept. Throws Error unless 0 < share < 1 and there are two different sources.
Split hold_out(std::vector<Pair> pairs, double share, std::uint64_t seed);

// Removes from `train` the pairs whose source is also one of `test`; returns how many.
std::size_t remove_seen(std::vector<Pair>& train, const std::vector<Pair>& test);

}  // namespace glance::seq2seq
