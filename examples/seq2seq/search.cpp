#include "examples/seq2seq/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "autograd/modes.h"
#include "examples/seq2seq/vocabulary.h"
#include "tensor/create.h"
#include "tensor/indexing.h"
#include "tensor/reduce.h"
#include "tensor/softmax.h"
#include "tensor/sort.h"
#include "tensor/view.h"

namespace glance::seq2seq {

namespace {

// Row `row` of the weights [batch, sources], as far as the source goes.
std::vector<double> row_of_weights(const Variable& weights, Index row, Index length) {
  if (!weights.defined()) return {};
  const auto values = slice(select(weights.value(), 0, row), 0, 0, length).to_vector<float>();
  return {values.begin(), values.end()};
}

// The batch rows `rows` of a state, in that order; a row may be taken several times.
LSTM::State take(const LSTM::State& state, const Tensor& rows) {
  LSTM::State result;
  for (const auto& [hidden, cell] : state.layers)
    result.layers.push_back(
        {take_rows(hidden.value(), rows), cell.defined() ? Variable(take_rows(cell.value(), rows)) : cell});
  return result;
}

Translator::Encoded repeat(const Translator::Encoded& encoded, const Tensor& rows) {
  return {index_select(encoded.memory.value(), 0, rows), take(encoded.state, rows),
          index_select(encoded.visible, 0, rows)};
}

double per_word(const Translation& t) {
  return t.log_probability / static_cast<double>(std::max<std::size_t>(t.words.size(), 1));
}

}  // namespace

Index most_words(Index source_length) { return 2 * source_length + 10; }

std::vector<Translation> greedy_search(const Translator& model, const PaddedBatch& sources) {
  const NoGrad no_grad;
  const auto lengths = sources.lengths.values.values<Index>();
  const Index batch = sources.symbols.shape(0);
  const Translator::Encoded encoded = model.encode(sources);
  LSTM::State state = encoded.state;
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
      results[row].stopped = picked[row] != Vocabulary::end && written + 1 >= most_words(lengths[row]);
      ended[row] = picked[row] == Vocabulary::end || results[row].stopped;
      open -= ended[row];
    }
    state = step.state;
  }
  return results;
}

std::vector<Translation> beam_search(const Translator& model, const PaddedBatch& source, Index width) {
  if (width < 1) throw Error(fmt::format("beam_search: a width of {}: it must be at least 1", width));
  const NoGrad no_grad;
  const Index length = source.lengths.values.values<Index>()[0];
  const Translator::Encoded first = model.encode(source);
  Translator::Encoded encoded = first;
  LSTM::State state = first.state;
  std::vector<Translation> open(1), ended;
  const Index vocabulary = model.options.target_words;
  for (Index written = 1; !open.empty(); ++written) {
    std::vector<Index> last;
    for (const auto& hypothesis : open)
      last.push_back(hypothesis.words.empty() ? Vocabulary::begin : hypothesis.words.back());
    const auto step = model.step(encoded, from_values(last, {static_cast<Index>(last.size())}), state);
    // [hypotheses, words]: the log probability of each hypothesis with each word added.
    const Tensor log_p = log_softmax(step.logits.value(), -1);
    const Tensor totals = copy(log_p);
    for (std::size_t i = 0; i < open.size(); ++i) {
      float* row = totals.write<float>() + static_cast<Index>(i) * vocabulary;
      for (Index word = 0; word < vocabulary; ++word) row[word] += static_cast<float>(open[i].log_probability);
    }
    const Sorted best = topk(reshape(totals, {-1}), std::min(width, totals.numel()), 0);
    std::vector<Translation> next;
    std::vector<Index> rows;
    for (Index i = 0; i < best.values.numel(); ++i) {
      const Index place = best.indices.values<Index>()[static_cast<std::size_t>(i)];
      const Index from = place / vocabulary;
      Translation longer = open[static_cast<std::size_t>(from)];
      longer.words.push_back(place % vocabulary);
      longer.log_probability += select(select(log_p, 0, from), 0, place % vocabulary).item();
      if (auto weights = row_of_weights(step.weights, from, length); !weights.empty())
        longer.weights.push_back(std::move(weights));
      longer.stopped = longer.words.back() != Vocabulary::end && written >= most_words(length);
      if (longer.words.back() == Vocabulary::end || longer.stopped) {
        ended.push_back(std::move(longer));
      } else {
        next.push_back(std::move(longer));
        rows.push_back(from);
      }
    }
    // Enough have ended that nothing still open is likely to win.
    if (static_cast<Index>(ended.size()) >= width || next.empty()) break;
    open = std::move(next);
    const Tensor kept = from_values(rows, {static_cast<Index>(rows.size())});
    encoded = repeat(first, zeros({static_cast<Index>(rows.size())}, i64));
    state = take(step.state, kept);
  }
  std::stable_sort(ended.begin(), ended.end(),
                   [](const Translation& a, const Translation& b) { return per_word(a) > per_word(b); });
  return ended;
}

}  // namespace glance::seq2seq
