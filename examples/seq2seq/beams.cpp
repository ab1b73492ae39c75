// The bookkeeping of a search: which hypotheses go on, which have ended, and by which words each was reached.
#include "examples/seq2seq/beams.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "examples/seq2seq/vocabulary.h"
#include "glance/tensor/create.h"
#include "glance/tensor/error.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/sort.h"
#include "glance/tensor/view.h"

namespace glance::seq2seq {

Beams::Beams(const Lengths& sources, const SearchOptions& options) : options_(options) {
  if (options.width < 1) throw Error(fmt::format("search: a width of {}: it must be at least 1", options.width));
  for (const Index length : sources.values.values<Index>()) {
    Beam& beam = beams_.emplace_back();
    beam.source = beams_.size() - 1;
    beam.length = length;
    beam.most = options.most(length);
    beam.open.push_back({add_entry(-1, Vocabulary::begin), 0, 0});
  }
  results_.resize(beams_.size());
}

Tensor Beams::words() const {
  std::vector<Index> words;
  for (const Beam& beam : beams_)
    for (std::size_t i = 0; i < static_cast<std::size_t>(rows_per_source_); ++i) {
      // A row that no hypothesis needs repeats the first.
      const Open& hypothesis = i < beam.open.size() ? beam.open[i] : beam.open.front();
      words.push_back(entries_[static_cast<std::size_t>(hypothesis.entry)].word);
    }
  return from_values(words, {static_cast<Index>(words.size())});
}

void Beams::extend(const Tensor& logits, const Tensor& weights) {
  ++written_;
  const Tensor dense_logits = contiguous(logits);
  const Tensor dense_weights = options_.weights && weights.defined() ? contiguous(weights) : Tensor();
  std::vector<std::size_t> still_there;
  for (std::size_t i = 0; i < beams_.size(); ++i) {
    Beam& beam = beams_[i];
    extend(beam, static_cast<Index>(i) * rows_per_source_, dense_logits, dense_weights);
    if (beam.open.empty())
      finish(beam);
    else
      still_there.push_back(i);
  }
  keep(still_there);
}

// The likeliest `width` continuations, best first. A row's own best `width` are enough to choose from.
std::vector<Beams::Candidate> Beams::candidates(const Beam& beam, Index first_row, const Tensor& logits) const {
  const Index each = std::min(options_.width, logits.shape(1));
  std::vector<Candidate> found;
  for (std::size_t i = 0; i < beam.open.size(); ++i) {
    const Tensor log_p = log_softmax(select(logits, 0, first_row + static_cast<Index>(i)), -1);
    const Sorted best = topk(log_p, each, -1);
    const auto words = best.indices.values<Index>();
    const auto values = best.values.values<float>();
    for (std::size_t j = 0; j < words.size(); ++j)
      found.push_back({i, words[j], beam.open[i].log_probability + static_cast<double>(values[j])});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Candidate& a, const Candidate& b) { return a.log_probability > b.log_probability; });
  found.resize(std::min(found.size(), static_cast<std::size_t>(options_.width)));
  return found;
}

void Beams::extend(Beam& beam, Index first_row, const Tensor& logits, const Tensor& weights) {
  std::vector<Open> next;
  for (const Candidate& candidate : candidates(beam, first_row, logits)) {
    const Open& from = beam.open[candidate.hypothesis];
    const Index row = first_row + static_cast<Index>(candidate.hypothesis);
    Entry& entry = entries_[static_cast<std::size_t>(from.entry)];
    if (weights.defined() && entry.weights.empty()) {
      const auto seen = weights.values<float>().subspan(static_cast<std::size_t>(row * weights.shape(1)));
      entry.weights.assign(seen.begin(), seen.begin() + beam.length);
    }
    const bool stopped = candidate.word != Vocabulary::end && written_ >= beam.most;
    if (candidate.word == Vocabulary::end || stopped) {
      ++entry.users;
      beam.ended.push_back({from.entry, candidate.word, candidate.log_probability, stopped, written_});
    } else {
      next.push_back({add_entry(from.entry, candidate.word), row, candidate.log_probability});
    }
  }
  for (const Open& hypothesis : beam.open) release(hypothesis.entry);
  // Enough have ended that nothing still open is likely to win.
  if (static_cast<Index>(beam.ended.size()) >= options_.width)
    for (const Open& hypothesis : std::exchange(next, {})) release(hypothesis.entry);
  beam.open = std::move(next);
}

// Sorts what has ended of a source, and writes out the best.
void Beams::finish(Beam& beam) {
  const auto per_word = [](const Ended& e) { return e.log_probability / static_cast<double>(e.words); };
  // The sum alone would favour short ones.
  std::stable_sort(beam.ended.begin(), beam.ended.end(), [&](const Ended& a, const Ended& b) {
    return a.stopped != b.stopped ? b.stopped : per_word(a) > per_word(b);
  });
  for (std::size_t i = 0; i < beam.ended.size(); ++i) {
    if (static_cast<Index>(i) < options_.results) results_[beam.source].push_back(translation(beam.ended[i]));
    release(beam.ended[i].entry);
  }
}

// Follows the words back to the first.
Translation Beams::translation(const Ended& ended) const {
  Translation result;
  result.log_probability = ended.log_probability;
  result.stopped = ended.stopped;
  result.words.push_back(ended.word);
  for (Index at = ended.entry; at >= 0;) {
    const Entry& entry = entries_[static_cast<std::size_t>(at)];
    if (!entry.weights.empty()) result.weights.emplace_back(entry.weights.begin(), entry.weights.end());
    if (entry.before >= 0) result.words.push_back(entry.word);
    at = entry.before;
  }
  std::reverse(result.words.begin(), result.words.end());
  std::reverse(result.weights.begin(), result.weights.end());
  return result;
}

// Goes on with some of the sources, as many rows for each as the one with most hypotheses needs.
void Beams::keep(const std::vector<std::size_t>& still_there) {
  left_.reset();
  if (still_there.size() < beams_.size()) {
    std::vector<Index> numbers(still_there.begin(), still_there.end());
    left_ = from_values(numbers, {static_cast<Index>(numbers.size())});
    std::vector<Beam> beams;
    for (const std::size_t i : still_there) beams.push_back(std::move(beams_[i]));
    beams_ = std::move(beams);
  }
  std::size_t most = 1;
  for (const Beam& beam : beams_) most = std::max(most, beam.open.size());
  rows_per_source_ = static_cast<Index>(most);
  std::vector<Index> rows;
  for (const Beam& beam : beams_)
    for (std::size_t i = 0; i < most; ++i) rows.push_back(i < beam.open.size() ? beam.open[i].row : beam.open[0].row);
  rows_ = from_values(rows, {static_cast<Index>(rows.size())});
}

Index Beams::add_entry(Index before, Index word) {
  if (before >= 0) ++entries_[static_cast<std::size_t>(before)].users;
  if (free_.empty()) {
    entries_.push_back({before, word, 1, {}});
    return static_cast<Index>(entries_.size()) - 1;
  }
  const Index place = free_.back();
  free_.pop_back();
  entries_[static_cast<std::size_t>(place)] = {before, word, 1, {}};
  return place;
}

// One user less. What nothing goes on from is forgotten, back to where others branched off.
void Beams::release(Index place) {
  while (place >= 0 && --entries_[static_cast<std::size_t>(place)].users == 0) {
    free_.push_back(place);
    Entry& entry = entries_[static_cast<std::size_t>(place)];
    entry.weights = {};
    place = entry.before;
  }
}

}  // namespace glance::seq2seq
