// Searches over many sources: in batches of like length, on all threads.
#include "examples/seq2seq/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {

Tensor without_word(const Tensor& visible, std::size_t word) {
  const Index sources = visible.shape(-1);
  if (static_cast<Index>(word) >= sources)
    throw Error(fmt::format("search: no source word {} of {} to hide: count from 0", word, sources));
  Tensor others = full({sources}, true, boolean);
  others.write<bool>()[word] = false;
  return logical_and(visible, others);
}

std::vector<std::vector<Translation>> search(const Translator& model, const PaddedBatch& sources,
                                             const SearchOptions& options) {
  return std::visit([&](const auto& held) { return search(held, sources, options); }, model.held);
}

std::vector<Translation> greedy_search(const Translator& model, const PaddedBatch& sources, const MostWords& most) {
  std::vector<Translation> best;
  for (auto& found : search(model, sources, {.most = most})) best.push_back(std::move(found.front()));
  return best;
}

std::vector<std::vector<std::size_t>> search_batches(std::span<const std::size_t> lengths, Index width) {
  // Enough that reading the output matrix once for all of them costs little beside multiplying with it.
  constexpr Index rows = 256;
  return alike_batches(lengths, static_cast<std::size_t>(std::max<Index>(rows / std::max<Index>(width, 1), 1)));
}

std::vector<Translation> search_all(const Translator& model, std::span<const std::vector<Index>> sources,
                                    Workers& workers, const SearchOptions& options, const Meanwhile& meanwhile) {
  std::vector<std::size_t> lengths;
  for (const auto& source : sources) lengths.push_back(source.size());
  auto batches = search_batches(lengths, options.width);
  // The longest first, so that no thread begins with them when the others are done.
  std::reverse(batches.begin(), batches.end());

  std::vector<Translation> results(sources.size());
  Tally tally(meanwhile, static_cast<double>(sources.size()));
  SearchOptions of_batch = options;
  of_batch.results = 1;
  of_batch.before_step = [&](Index rows) {
    tally.add(0);
    if (options.before_step) options.before_step(rows);
  };
  workers.run(static_cast<int>(batches.size()), [&](int number) {
    const auto& batch = batches[static_cast<std::size_t>(number)];
    tally.add(0);
    std::vector<std::vector<Index>> side_by_side;
    for (const std::size_t i : batch) side_by_side.push_back(sources[i]);
    auto found = search(model, pad_sequences(side_by_side, Vocabulary::pad), of_batch);
    for (std::size_t i = 0; i < batch.size(); ++i) results[batch[i]] = std::move(found[i].front());
    tally.add(static_cast<double>(batch.size()));
  });
  return results;
}

}  // namespace glance::seq2seq
