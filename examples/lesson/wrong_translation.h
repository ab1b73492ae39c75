#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/slips.h"

// A wrong translation, what was measured of it, and what its cause is: chapter 13.
namespace lesson {

using namespace glance;
using namespace glance::seq2seq;

// Why a translation is wrong. The first six are what the grammar tells of its words, the last two are measured.
enum class Cause { agreement, order, negation, auxiliary, repeated, dropped, future_leak, ignored_source };
inline constexpr std::array<const char*, 8> cause_names = {"agreement", "order",   "negation",    "auxiliary",
                                                           "repeated",  "dropped", "future leak", "ignored source"};

// [item]
struct WrongTranslation {
  std::string model = {};                      // which translator wrote it, and how far it was trained
  std::uint64_t seed = 1;                      // of its training and its sentences
  std::size_t number = 0;                      // of the sentence among the 8000 of this seed
  std::string written = {};                    // what it wrote, fed its own words; "…": it did not stop
  std::size_t forced_right = 0;                // words and end mark that it gets right, fed the right words before
  double loss = 0;                             // of the right translation, fed its words
  double other_loss = 0;                       // the same with the sources of other sentences, on average
  double leak = 0;                             // how far a probability moves when a later word changes
  std::vector<std::vector<int>> weights = {};  // in hundredths: a row for each word that was written
};
// [item end]

// The words of a text, which stand between single spaces.
inline std::vector<std::string> split_at_spaces(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// [cause]
// What the numbers show at once, and what else the grammar tells; none when several things are wrong.
inline std::optional<Cause> cause_of(const WrongTranslation& item, const Sentence& sentence) {
  if (item.leak > 0.5) return Cause::future_leak;
  if (item.other_loss < item.loss + 0.5) return Cause::ignored_source;
  const auto slip = only_slip(slips_of(sentence, split_at_spaces(item.written)));
  if (!slip || *slip == Slip::other_word) return {};
  return static_cast<Cause>(*slip);  // the six stand in the same order
}
// [cause end]

}  // namespace lesson
