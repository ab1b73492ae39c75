#pragma once

#include <optional>
#include <string>
#include <vector>

#include "examples/seq2seq/corpus.h"
#include "examples/seq2seq/grammar.h"

// The pairs that a training is run on.
namespace glance::seq2seq {

// Which pairs to train on and which to hold out for scoring.
struct DataOptions {
  std::string pairs;          // a TSV file; empty: the built-in language
  std::string test;           // a TSV file to score on; empty: a share of the pairs is held out
  double held_out = 0.1;      // that share, drawn by source sentence
  bool reverse = false;       // translate from target to source
  std::size_t max_words = 0;  // leave out pairs with a longer side; 0: none
  std::size_t limit = 0;      // at most so many pairs; 0: all
  std::size_t min_count = 1;  // words seen less often are unknown
  TextOptions text;           // how sentences become words
};

struct Data {
  Split pairs;
  std::string summary;  // a line or two for the reader
};

// Reads or makes the pairs. The seed decides what is held out. Error, with file and line, for a file that cannot be
// used.
Data load_data(const DataOptions& options, std::uint64_t seed);

// The sentences behind the pairs of the built-in language; none for pairs of people's own, and none reversed.
std::vector<Sentence> sentences_behind(const DataOptions& options);

// Sentences of the built-in language that no training on it, unless with a higher --limit, has among its pairs.
std::vector<Sentence> unseen_sentences(std::size_t count);

// As JSON, for a checkpoint, with a fingerprint of the pairs and the folder that the names of their files start from.
std::string describe(const DataOptions& options, const Data& data);

// The options that a description was made from, so that the files are found from any folder. `moved`: files that are
// somewhere else now, if any. Error for text that is none.
DataOptions data_options(const std::string& description, const DataOptions& moved = {});

// The fingerprint that a description has of its pairs.
std::string fingerprint_in(const std::string& description);

// Error unless `data` are the very pairs of the description.
void check_same(const std::string& description, const DataOptions& options, const Data& data);

// The pairs that a training with this seed held out, read once more; none when it held out none. Error when they are
// not at hand any more, or are others.
std::vector<Pair> held_out_pairs(const std::string& description, std::uint64_t seed, const DataOptions& moved = {});

}  // namespace glance::seq2seq
