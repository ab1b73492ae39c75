// Which letters belong to scripts that are written without spaces, by ranges of Unicode, and how many such letters make
// a word too long.
#include "examples/seq2seq/scripts.h"

#include <algorithm>

#include "examples/common/normalise.h"

namespace glance::seq2seq {
namespace {

struct Range {
  char32_t first, last;

  bool has(char32_t c) const { return c >= first && c <= last; }
};

// Chinese characters and kana: split into words they have one or two letters each, seldom three.
constexpr Range ideographs[] = {{0x2e80, 0x2fd5},   {0x3005, 0x3007}, {0x3021, 0x3029}, {0x3040, 0x30ff},
                                {0x3100, 0x312f},   {0x31f0, 0x31ff}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff},
                                {0x20000, 0x323af}, {0xf900, 0xfaff}};
constexpr double most_ideographs = 2.5;  // in a word, on average

// Thai and Lao; Burmese; Khmer; the scripts of the Tai and of Bali and Java; the rest of Burmese and Tai. A word has
// about three of these letters, vowel signs left out.
constexpr Range others[] = {{0x0e00, 0x0eff}, {0x1000, 0x109f}, {0x1780, 0x17ff}, {0x1950, 0x19df}, {0x1a20, 0x1aaf},
                            {0x1b00, 0x1b7f}, {0xa980, 0xa9df}, {0xa9e0, 0xa9ff}, {0xaa60, 0xaadf}};
constexpr double most_others = 5;

// Letters of such scripts, and the words that have any.
struct Count {
  std::size_t letters = 0, words = 0;

  void add(std::size_t found) {
    letters += found;
    words += found > 0;
  }
  double per_word() const { return words > 0 ? static_cast<double>(letters) / static_cast<double>(words) : 0; }
};

template <std::size_t n>
bool among(char32_t c, const Range (&ranges)[n]) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](const Range& range) { return range.has(c); });
}

}  // namespace

bool is_unparted(std::span<const Pair> pairs, std::vector<std::string> Pair::*side) {
  Count ideographic, other;
  std::size_t all = 0;
  for (const Pair& pair : pairs) {
    for (const std::string& word : pair.*side) {
      std::size_t of_ideographs = 0, of_others = 0;
      for (const char32_t c : decode(word)) {
        const bool letter = is_base_letter(c);
        all += letter;
        of_ideographs += letter && among(c, ideographs);
        of_others += letter && among(c, others);
      }
      ideographic.add(of_ideographs);
      other.add(of_others);
    }
  }
  const bool most = 2 * (ideographic.letters + other.letters) > all;
  return most && (ideographic.per_word() > most_ideographs || other.per_word() > most_others);
}

}  // namespace glance::seq2seq
