// Batches of sentences of like length, so that few pads are computed.
#include "examples/seq2seq/batches.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "glance/tensor/create.h"

namespace glance::seq2seq {

namespace {

bool shorter(const Example& a, const Example& b) {
  return std::pair(a.target.size(), a.source.size()) < std::pair(b.target.size(), b.source.size());
}

std::vector<std::vector<std::size_t>> cut(std::span<const std::size_t> numbers, std::size_t size) {
  std::vector<std::vector<std::size_t>> batches;
  for (std::size_t from = 0; from < numbers.size(); from += size) {
    const auto part = numbers.subspan(from, std::min(size, numbers.size() - from));
    batches.emplace_back(part.begin(), part.end());
  }
  return batches;
}

// The numbers in batches of at most `size`, with no more than 64 symbols each on average when all are padded to the
// longest. An order by length makes few batches.
template <class Length>
std::vector<std::vector<std::size_t>> cut_alike(std::span<const std::size_t> order, std::size_t size, Length&& length) {
  const std::size_t most_symbols = 64 * size;
  std::vector<std::vector<std::size_t>> batches;
  std::size_t longest = 0;
  for (const std::size_t number : order) {
    const bool full = batches.empty() || batches.back().size() == size ||
                      (batches.back().size() + 1) * std::max(longest, length(number)) > most_symbols;
    if (full) batches.emplace_back(), longest = 0;
    batches.back().push_back(number);
    longest = std::max(longest, length(number));
  }
  return batches;
}

std::vector<std::size_t> random_order(std::size_t count, Generator& generator) {
  const Tensor order = permutation(static_cast<Index>(count), generator);
  const auto values = order.values<Index>();
  return {values.begin(), values.end()};
}

}  // namespace

std::vector<Example> encode(const std::vector<Pair>& pairs, const Vocabulary& source, const Vocabulary& target) {
  std::vector<Example> examples;
  for (const Pair& p : pairs) {
    auto& example = examples.emplace_back(Example{source.indices(p.source), target.indices(p.target)});
    example.target.push_back(Vocabulary::end);
  }
  return examples;
}

Numbered number_words(const Split& split, std::size_t min_count) {
  auto source = Vocabulary::of(split.train, &Pair::source, min_count);
  auto target = Vocabulary::of(split.train, &Pair::target, min_count);
  auto train = encode(split.train, source, target), test = encode(split.test, source, target);
  return {std::move(source), std::move(target), std::move(train), std::move(test)};
}

Batch make_batch(std::span<const Example> examples, std::span<const std::size_t> numbers) {
  std::vector<std::vector<Index>> sources, fed, answers;
  Index count = 0;
  for (const std::size_t number : numbers) {
    const Example& example = examples[number];
    sources.push_back(example.source);
    answers.push_back(example.target);
    auto& shifted = fed.emplace_back(example.target);
    std::rotate(shifted.begin(), shifted.end() - 1, shifted.end());
    shifted.front() = Vocabulary::begin;
    count += static_cast<Index>(example.target.size());
  }
  return {pad_sequences(sources, Vocabulary::pad), pad_sequences(fed, Vocabulary::pad),
          pad_sequences(answers, Vocabulary::pad).symbols, count};
}

std::vector<std::vector<std::size_t>> shuffled_batches(std::span<const Example> examples, std::size_t size,
                                                       Generator& generator) {
  // Sorting within pools of many batches makes lengths alike while every epoch still mixes the batches anew.
  constexpr std::size_t batches_a_pool = 50;
  auto order = random_order(examples.size(), generator);
  for (std::size_t from = 0; from < order.size(); from += batches_a_pool * size) {
    const auto first = order.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(std::min(from + batches_a_pool * size, order.size()));
    std::stable_sort(first, last, [&](std::size_t a, std::size_t b) { return shorter(examples[a], examples[b]); });
  }
  auto batches = cut(order, size);
  std::vector<std::vector<std::size_t>> shuffled;
  for (const std::size_t i : random_order(batches.size(), generator)) shuffled.push_back(std::move(batches[i]));
  return shuffled;
}

std::vector<std::vector<std::size_t>> alike_batches(std::span<const std::size_t> lengths, std::size_t size) {
  std::vector<std::size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lengths[a] < lengths[b]; });
  return cut_alike(order, size, [&](std::size_t i) { return lengths[i]; });
}

std::vector<std::vector<std::size_t>> sorted_batches(std::span<const Example> examples, std::size_t size) {
  std::vector<std::size_t> order(examples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return shorter(examples[a], examples[b]); });
  return cut_alike(order, size,
                   [&](std::size_t i) { return std::max(examples[i].source.size(), examples[i].target.size()); });
}

}  // namespace glance::seq2seq
