#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "examples/seq2seq/corpus.h"
#include "glance/tensor/shape.h"

// The words that a translator knows.
namespace glance::seq2seq {

// Words by number. The first four numbers are marks that no sentence can contain.
class Vocabulary {
 public:
  static constexpr Index pad = 0;
  static constexpr Index begin = 1;
  static constexpr Index end = 2;
  static constexpr Index unknown = 3;

  // The marks alone.
  Vocabulary();

  // The words that occur at least `min_count` times on one side of the pairs (`&Pair::source` or `&Pair::target`), the
  // commonest first, equally common ones in the order of their bytes.
  static Vocabulary of(std::span<const Pair> pairs, std::vector<std::string> Pair::*side, std::size_t min_count = 1);

  // A saved vocabulary: what words() gave. Throws Error if the marks are not in front, a word comes twice, or it is
  // none that a screen can show (normalise.h).
  explicit Vocabulary(std::vector<std::string> words);

  // All words by number, the marks included: what to save.
  const std::vector<std::string>& words() const { return words_; }
  Index size() const { return static_cast<Index>(words_.size()); }

  // The word's number; `unknown` if there is none.
  Index index(std::string_view word) const;

  // The word of a number. Throws Error if the number is out of range.
  const std::string& word(Index index) const;

  // Word by word, with nothing added.
  std::vector<Index> indices(std::span<const std::string> words) const;

  // Word by word up to the first `end`; other marks are left out, except `unknown`.
  std::vector<std::string> sentence(std::span<const Index> indices) const;

 private:
  void add(std::string word);

  std::vector<std::string> words_;
  std::map<std::string, Index, std::less<>> numbers_;  // without the marks: "<s>" in a sentence is an unknown word
};

}  // namespace glance::seq2seq
