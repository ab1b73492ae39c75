#include "examples/seq2seq/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "examples/seq2seq/vocabulary.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/sort.h"
#include "glance/tensor/view.h"

namespace glance::seq2seq {

namespace {

// Row `row` of the weights [batch, sources], as far as the source goes.
std::vector<double> row_of_weights(const Variable& weights, Index row, Index length) {
  if (!weights.defined()) return {};
  const auto values = slice(select(weights.value(), 0, row), 0, 0, length).to_vector<float>();
  return {values.begin(), values.end()};
}

// The batch rows `rows` of a state, in that order; a row may be taken several times.
RecurrentStack::State take(const RecurrentStack::State& state, const Tensor& rows) {
  RecurrentStack::State result;
  for (const auto& [hidden, cell] : state.layers)
    result.layers.push_back(
        {take_rows(hidden.value(), rows), cell.defined() ? Variable(take_rows(cell.value(), rows)) : cell});
  return result;
}

Translator::Encoded repeat(const Translator::Encoded& encoded, const Tensor& rows) {
  return {index_select(encoded.memory.value(), 0, rows), take(encoded.state, rows),
          index_select(encoded.visible, 0, rows)};
}

// The words that the decoder is fed next, i64 [hypotheses].
Tensor last_words(const std::vector<Translation>& open) {
  std::vector<Index> words;
  for (const auto& hypothesis : open)
    words.push_back(hypothesis.words.empty() ? Vocabulary::begin : hypothesis.words.back());
  return from_values(words, {static_cast<Index>(words.size())});
}

// A hypothesis, by its row, with a word added.
struct Candidate {
  Index row, word;
  double log_probability;  // of the whole
};

// The likeliest `width`, best first, from log_p [hypotheses, words]. A row's own best `width` are enough to choose
// from.
std::vector<Candidate> best_candidates(const std::vector<Translation>& open, const Tensor& log_p, Index width) {
  const Index each = std::min(width, log_p.shape(1));
  const Sorted best = topk(log_p, each, -1);
  const auto words = best.indices.values<Index>();
  const auto values = best.values.values<float>();
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto row = i / static_cast<std::size_t>(each);
    candidates.push_back({static_cast<Index>(row), words[i], open[row].log_probability + values[i]});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.log_probability > b.log_probability; });
  candidates.resize(std::min(candidates.size(), static_cast<std::size_t>(width)));
  return candidates;
}

// One that ended before one that was stopped, then by log probability per word: the sum alone would favour short ones.
bool better(const Translation& a, const Translation& b) {
  const auto per_word = [](const Translation& t) { return t.log_probability / static_cast<double>(t.words.size()); };
  return a.stopped != b.stopped ? b.stopped : per_word(a) > per_word(b);
}

}  // namespace

std::vector<Translation> greedy_search(const Translator& model, const PaddedBatch& sources, Index most) {
  const NoGrad no_grad;
  const auto lengths = sources.lengths.values.values<Index>();
  const Index batch = sources.symbols.shape(0);
  const Translator::Encoded encoded = model.encode(sources);
  RecurrentStack::State state = encoded.state;
  Tensor words = full({batch}, Vocabulary::begin, i64);
  std::vector<Translation> results(static_cast<std::size_t>(batch));
  Index open = batch;
  std::vector<bool> ended(static_cast<std::size_t>(batch));
  for (Index written = 0; open > 0; ++written) {
    const auto step = model.step(encoded, words, state);
    const Tensor log_p = log_softmax(step.logits.value(), -1);
    words = argmax(log_p, -1);
    const auto picked = words.values<Index>();
    for (std::size_t row = 0; row < results.size(); ++row) {
      if (ended[row]) continue;
      const auto r = static_cast<Index>(row);
      results[row].words.push_back(picked[row]);
      results[row].log_probability += select(select(log_p, 0, r), 0, picked[row]).item();
      if (auto weights = row_of_weights(step.weights, r, lengths[row]); !weights.empty())
        results[row].weights.push_back(std::move(weights));
      results[row].stopped =
          picked[row] != Vocabulary::end && written + 1 >= (most > 0 ? most : model.options.length(lengths[row]));
      ended[row] = picked[row] == Vocabulary::end || results[row].stopped;
      open -= ended[row];
    }
    state = step.state;
  }
  return results;
}

std::vector<Translation> beam_search(const Translator& model, const PaddedBatch& source, Index width, Index most) {
  if (width < 1) throw Error(fmt::format("beam_search: a width of {}: it must be at least 1", width));
  if (source.symbols.shape(0) != 1)
    throw Error(fmt::format("beam_search: {} sources: one at a time", source.symbols.shape(0)));
  const NoGrad no_grad;
  const Index length = source.lengths.values.values<Index>()[0];
  if (most == 0) most = model.options.length(length);
  const Translator::Encoded first = model.encode(source);
  Translator::Encoded encoded = first;
  RecurrentStack::State state = first.state;
  std::vector<Translation> open(1), ended;
  for (Index written = 1; !open.empty(); ++written) {
    const auto step = model.step(encoded, last_words(open), state);
    std::vector<Translation> next;
    std::vector<Index> rows;
    for (const Candidate& candidate : best_candidates(open, log_softmax(step.logits.value(), -1), width)) {
      Translation longer = open[static_cast<std::size_t>(candidate.row)];
      longer.words.push_back(candidate.word);
      longer.log_probability = candidate.log_probability;
      if (auto weights = row_of_weights(step.weights, candidate.row, length); !weights.empty())
        longer.weights.push_back(std::move(weights));
      longer.stopped = candidate.word != Vocabulary::end && written >= most;
      if (candidate.word == Vocabulary::end || longer.stopped) {
        ended.push_back(std::move(longer));
      } else {
        next.push_back(std::move(longer));
        rows.push_back(candidate.row);
      }
    }
    // Enough have ended that nothing still open is likely to win.
    if (static_cast<Index>(ended.size()) >= width || next.empty()) break;
    open = std::move(next);
    const auto count = static_cast<Index>(rows.size());
    encoded = repeat(first, zeros({count}, i64));
    state = take(step.state, from_values(rows, {count}));
  }
  std::stable_sort(ended.begin(), ended.end(), better);
  return ended;
}

}  // namespace glance::seq2seq
