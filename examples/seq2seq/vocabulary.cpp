// Counts the words of a corpus, and finds them by number and by text.
#include "examples/seq2seq/vocabulary.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "examples/common/normalise.h"
#include "glance/tensor/error.h"
#include "glance/tensor/files/safetensors.h"

namespace glance::seq2seq {
namespace {

constexpr std::array<std::string_view, 4> marks = {"<pad>", "<s>", "</s>", "<unk>"};

bool is_mark(std::string_view word) { return std::find(marks.begin(), marks.end(), word) != marks.end(); }

}  // namespace

Vocabulary::Vocabulary() : words_(marks.begin(), marks.end()) {}

Vocabulary Vocabulary::of(std::span<const Pair> pairs, std::vector<std::string> Pair::*side, std::size_t min_count) {
  std::map<std::string_view, std::size_t> counts;
  for (const Pair& pair : pairs)
    for (const std::string& word : pair.*side) ++counts[word];

  std::vector<std::pair<std::string_view, std::size_t>> common;
  for (const auto& [word, count] : counts)
    if (count >= min_count && !is_mark(word)) common.emplace_back(word, count);
  std::stable_sort(common.begin(), common.end(), [](const auto& a, const auto& b) { return a.second > b.second; });

  Vocabulary vocabulary;
  for (const auto& [word, count] : common) vocabulary.add(std::string(word));
  return vocabulary;
}

Vocabulary::Vocabulary(std::vector<std::string> words) : Vocabulary() {
  if (words.size() < marks.size() || !std::equal(marks.begin(), marks.end(), words.begin()))
    throw Error(fmt::format("vocabulary: must begin with {}", fmt::join(marks, " ")));
  for (std::size_t i = marks.size(); i < words.size(); ++i) {
    if (is_mark(words[i]) || numbers_.contains(words[i]))
      throw Error(fmt::format("vocabulary: {}, number {}, is there twice", detail::in_quotes(words[i]), i));
    if (words[i].empty() || !is_printable(words[i]))
      throw Error(
          fmt::format("vocabulary: {}, number {}, is no word: it cannot be seen", detail::in_quotes(words[i]), i));
    add(std::move(words[i]));
  }
}

Index Vocabulary::index(std::string_view word) const {
  const auto found = numbers_.find(word);
  return found == numbers_.end() ? unknown : found->second;
}

const std::string& Vocabulary::word(Index index) const {
  if (index < 0 || index >= size()) throw Error(fmt::format("vocabulary: no word {}: there are {}", index, size()));
  return words_[static_cast<std::size_t>(index)];
}

std::vector<Index> Vocabulary::indices(std::span<const std::string> words) const {
  std::vector<Index> found;
  found.reserve(words.size());
  for (const std::string& word : words) found.push_back(index(word));
  return found;
}

std::vector<std::string> Vocabulary::sentence(std::span<const Index> indices) const {
  std::vector<std::string> words;
  for (const Index index : indices) {
    if (index == end) break;
    if (index != pad && index != begin) words.push_back(word(index));
  }
  return words;
}

void Vocabulary::add(std::string word) {
  numbers_.emplace(word, size());
  words_.push_back(std::move(word));
}

}  // namespace glance::seq2seq
