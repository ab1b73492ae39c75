#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "examples/seq2seq/beams.h"
#include "examples/seq2seq/model.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/view.h"

// Beam search by its definition, for the tests of the one that works in batches.
namespace glance::seq2seq {

// What a beam search is, for one source, one hypothesis at a time, each with a copy of all that it is made of: slow,
// and easy to see through. `rows` counts the steps of the decoder.
inline std::vector<Translation> plain_search(const RecurrentTranslator& model, const std::vector<Index>& source,
                                             Index width, Index most, Index* rows = nullptr) {
  const NoGrad no_grad;
  using State = decltype(RecurrentTranslator::Step::state);
  struct Hypothesis {
    Translation written;
    State state;
  };
  const auto encoded = model.encode(pad_sequences({{source}}, Vocabulary::pad));
  std::vector<Hypothesis> open{{{}, encoded.state}};
  std::vector<Translation> ended;
  while (!open.empty() && static_cast<Index>(ended.size()) < width) {
    std::vector<Hypothesis> longer;
    for (const Hypothesis& from : open) {
      const Index last = from.written.words.empty() ? Index{Vocabulary::begin} : from.written.words.back();
      const auto step = model.step(encoded, from_values(std::vector<Index>{last}, {1}), from.state);
      if (rows) ++*rows;
      const auto log_p = log_softmax(select(step.logits.value(), 0, 0), -1).to_vector<float>();
      std::vector<Index> order(log_p.size());
      for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
      const auto value = [&](Index word) { return log_p[static_cast<std::size_t>(word)]; };
      std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return value(a) > value(b); });
      for (const Index word : order) {
        Hypothesis next{from.written, step.state};
        next.written.words.push_back(word);
        next.written.log_probability += static_cast<double>(value(word));
        if (step.weights.defined()) {
          const auto weights = step.weights.value().to_vector<float>();
          next.written.weights.emplace_back(weights.begin(), weights.end());
        }
        longer.push_back(std::move(next));
      }
    }
    std::stable_sort(longer.begin(), longer.end(), [](const Hypothesis& a, const Hypothesis& b) {
      return a.written.log_probability > b.written.log_probability;
    });
    longer.resize(std::min(longer.size(), static_cast<std::size_t>(width)));
    open.clear();
    for (Hypothesis& next : longer) {
      const bool end = next.written.words.back() == Vocabulary::end;
      next.written.stopped = !end && static_cast<Index>(next.written.words.size()) >= most;
      if (end || next.written.stopped)
        ended.push_back(std::move(next.written));
      else
        open.push_back(std::move(next));
    }
  }
  const auto per_word = [](const Translation& t) { return t.log_probability / static_cast<double>(t.words.size()); };
  std::stable_sort(ended.begin(), ended.end(), [&](const Translation& a, const Translation& b) {
    return a.stopped != b.stopped ? b.stopped : per_word(a) > per_word(b);
  });
  return ended;
}

}  // namespace glance::seq2seq
