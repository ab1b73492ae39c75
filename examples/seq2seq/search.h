#pragma once

#include <span>
#include <utility>
#include <vector>

#include "examples/common/meanwhile.h"
#include "examples/seq2seq/beams.h"
#include "examples/seq2seq/model.h"
#include "glance/autograd/modes.h"
#include "glance/nn/ranks.h"
#include "glance/nn/state.h"
#include "glance/nn/workers.h"

// The search for translations, many sources at once, with any model that has
//
//   encoded = model.encode(sources)              what it has read of each source; encoded.state: where writing starts;
//                                                encoded.visible, if it has attention: bool [batch, 1, sources]
//   step = model.step(encoded, words, state)     one step of writing: step.logits [rows, words], step.weights [rows,
//                                                sources] or undefined, step.state
//   model.most_words(source_length)              the most words that it may write, at least 1
//
// where `words`, i64 [rows], are those written last, and the rows are equally many for each source, one source after
// the other. Both what was encoded and the state are states of nn/state.h, whose rows take_rows() takes.
namespace glance::seq2seq {

// Where may be looked, without one source word. Error when there is none of that number.
Tensor without_word(const Tensor& visible, std::size_t word);

// The likeliest translations of each source that are found when `width` hypotheses are kept for each at every step,
// best first. A source whose search has ended leaves the batch, and hypotheses that are not gone on with cost nothing
// more. Error for a width below 1.
template <class Model>
std::vector<std::vector<Translation>> search(const Model& model, const PaddedBatch& sources,
                                             const SearchOptions& options = {}) {
  const NoGrad no_grad;
  SearchOptions bounded = options;
  if (!bounded.most) bounded.most = [&model](Index source_length) { return model.most_words(source_length); };
  Beams beams(sources.lengths, bounded);
  auto encoded = model.encode(sources);
  if constexpr (requires { encoded.visible; })
    if (options.hidden) encoded.visible = without_word(encoded.visible, *options.hidden);
  auto state = std::exchange(encoded.state, {});
  while (beams.open()) {
    const Tensor words = beams.words();
    if (options.before_step) options.before_step(words.numel());
    auto step = model.step(encoded, words, state);
    beams.extend(step.logits.value(), step.weights.defined() ? step.weights.value() : Tensor());
    if (!beams.open()) break;
    state = take_rows(step.state, beams.rows());
    if (beams.left()) encoded = take_rows(encoded, *beams.left());
  }
  return beams.take_results();
}

// The same by a translator of any kind.
std::vector<std::vector<Translation>> search(const Translator& model, const PaddedBatch& sources,
                                             const SearchOptions& options = {});

// The best translation of each source by the translator, in the order of the sources: at every step the likeliest word.
std::vector<Translation> greedy_search(const Translator& model, const PaddedBatch& sources, const MostWords& most = {});

// The numbers of sources of these lengths, in the batches that search_all() makes of them: of like length, and of as
// many rows, with `width` hypotheses for each, as multiply well.
std::vector<std::vector<std::size_t>> search_batches(std::span<const std::size_t> lengths, Index width);

// The same by any search, for as many sources as there are, none of them empty. Sources of like length make a batch,
// and the workers share out the batches; the result does not depend on how many threads there are. With `ranks`, each
// searches for a part of the batches, and all get the words of all, and nothing else of what others found.
std::vector<Translation> search_all(const Translator& model, std::span<const std::vector<Index>> sources,
                                    Workers& workers, const SearchOptions& options = {},
                                    const Meanwhile& meanwhile = {}, const Ranks* ranks = nullptr);

}  // namespace glance::seq2seq
