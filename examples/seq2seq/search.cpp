// Searches over many sources: in batches of like length, on all threads.
#include "examples/seq2seq/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <variant>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {

namespace {

// Hands round what each rank has written for the sources of its batches: for each its number of words, then the words.
void share_words(const std::vector<std::vector<std::size_t>>& batches, std::vector<Translation>& results,
                 const Ranks& ranks) {
  if (ranks.count() == 1) return;
  std::string own;
  const auto add = [&own](Index number) { own.append(reinterpret_cast<const char*>(&number), sizeof(number)); };
  for (std::size_t b = 0; b < batches.size(); ++b)
    for (const std::size_t i : ranks.has(b) ? batches[b] : std::vector<std::size_t>()) {
      add(static_cast<Index>(results[i].words.size()));
      for (const Index word : results[i].words) add(word);
    }
  const std::vector<std::string> all = ranks.gather(own);
  std::vector<const char*> places;
  for (const std::string& text : all) places.push_back(text.data());
  for (std::size_t b = 0; b < batches.size(); ++b)
    for (const std::size_t i : batches[b]) {
      const char*& place = places[b % places.size()];
      const auto take = [&place] {
        Index number = 0;
        std::memcpy(&number, place, sizeof(number));
        place += sizeof(number);
        return number;
      };
      results[i].words.resize(static_cast<std::size_t>(take()));
      for (Index& word : results[i].words) word = take();
    }
}

}  // namespace

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
                                    Workers& workers, const SearchOptions& options, const Meanwhile& meanwhile,
                                    const Ranks* ranks) {
  std::vector<std::size_t> lengths;
  for (const auto& source : sources) lengths.push_back(source.size());
  auto batches = search_batches(lengths, options.width);
  // The longest first, so that no thread begins with them when the others are done.
  std::reverse(batches.begin(), batches.end());

  std::vector<Translation> results(sources.size());
  const Ranks alone;
  const Ranks& job = ranks ? *ranks : alone;
  Tally tally(meanwhile, static_cast<double>(sources.size()));
  SearchOptions of_batch = options;
  of_batch.results = 1;
  of_batch.before_step = [&](Index rows) {
    tally.add(0);
    if (options.before_step) options.before_step(rows);
  };
  workers.run(static_cast<int>(batches.size()), [&](int number) {
    const auto& batch = batches[static_cast<std::size_t>(number)];
    if (!job.has(static_cast<std::size_t>(number))) return tally.add(static_cast<double>(batch.size()));
    tally.add(0);
    std::vector<std::vector<Index>> side_by_side;
    for (const std::size_t i : batch) side_by_side.push_back(sources[i]);
    auto found = search(model, pad_sequences(side_by_side, Vocabulary::pad), of_batch);
    for (std::size_t i = 0; i < batch.size(); ++i) results[batch[i]] = std::move(found[i].front());
    tally.add(static_cast<double>(batch.size()));
  });
  share_words(batches, results, job);
  return results;
}

}  // namespace glance::seq2seq
