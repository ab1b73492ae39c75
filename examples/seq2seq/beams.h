#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "glance/nn/batch.h"

// The bookkeeping of a search, apart from the model that is searched: which words were written, how likely they are,
// and which rows the model is to go on with.
namespace glance::seq2seq {

// What the translator wrote for one source.
struct Translation {
  std::vector<Index> words;                  // with the end mark, unless it was stopped
  std::vector<std::vector<double>> weights;  // for each word, over the source words; empty without attention
  double log_probability = 0;                // the sum over words
  bool stopped = false;                      // it had not ended after the most words it may write
};

// The most words that a translation of a source of this length may have, at least 1: so a decoder that does not stop by
// itself is stopped.
using MostWords = std::function<Index(Index source_length)>;

struct SearchOptions {
  Index width = 1;      // hypotheses kept for each source at each step; 1: the greedy search
  Index results = 1;    // translations to give back of each source, at most
  bool weights = true;  // give back the attention's weights too; of several heads, their mean in the last layer
  MostWords most = {};  // empty: as the model says
  std::optional<std::size_t> hidden = {};            // a source word that attention may not see
  std::function<void(Index rows)> before_step = {};  // called before each step of so many rows; what it throws ends it
};

// The translations under way, hypotheses of so and so many sources: `rows_per_source` rows for each source that is
// left, one source after the other. Hypotheses share their past: each word stands once, however many go on from it,
// with the weights it was written by, and is forgotten with the last of them.
class Beams {
 public:
  // One row for each source. Keeps a reference to the options, whose `most` must be there. Error for a width below 1.
  Beams(const Lengths& sources, const SearchOptions& options);

  // Whether there are sources left.
  bool open() const { return !beams_.empty(); }

  // What each row wrote last, i64 [rows]: at first the begin mark.
  Tensor words() const;

  // Every source's likeliest continuations, by the scores of the next word [rows, words] and the weights [rows,
  // sources], undefined without attention. A source leaves when `width` of its hypotheses have ended, or all.
  void extend(const Tensor& logits, const Tensor& weights);

  // After extend: the row of the step before that each row goes on from, i64 [rows]; and which of the sources of that
  // step are left, i64 [sources], or nothing when all are.
  const Tensor& rows() const { return rows_; }
  const std::optional<Tensor>& left() const { return left_; }

  // The translations of each source, best first: those that ended before those that were stopped, then by log
  // probability per word.
  std::vector<std::vector<Translation>> take_results() { return std::move(results_); }

 private:
  // A word that was written, and how: the entry before it (-1: none), and the weights by which the word after it was
  // chosen. `users` are the entries and hypotheses that go on from it.
  struct Entry {
    Index before, word, users;
    std::vector<float> weights;
  };
  struct Open {
    Index entry;             // its last word
    Index row;               // of the step before, which it goes on from
    double log_probability;  // of all its words
  };
  struct Ended {
    Index entry, word;  // the last word, and what was before it
    double log_probability;
    bool stopped;
    Index words;  // how many
  };
  struct Beam {
    std::size_t source;
    Index length, most;
    std::vector<Open> open;
    std::vector<Ended> ended;
  };
  struct Candidate {
    std::size_t hypothesis;
    Index word;
    double log_probability;
  };

  Index add_entry(Index before, Index word);
  void release(Index entry);
  std::vector<Candidate> candidates(const Beam& beam, Index first_row, const Tensor& logits) const;
  void extend(Beam& beam, Index first_row, const Tensor& logits, const Tensor& weights);
  void finish(Beam& beam);
  Translation translation(const Ended& ended) const;
  void keep(const std::vector<std::size_t>& still_there);

  const SearchOptions& options_;
  std::vector<Beam> beams_;
  Index rows_per_source_ = 1, written_ = 0;
  Tensor rows_;
  std::optional<Tensor> left_;
  std::vector<Entry> entries_;
  std::vector<Index> free_;  // entries that are forgotten
  std::vector<std::vector<Translation>> results_;
};

}  // namespace glance::seq2seq
