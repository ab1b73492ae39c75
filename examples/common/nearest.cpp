// Distances between words, letter by letter.
#include "examples/common/nearest.h"

#include <algorithm>
#include <vector>

namespace glance {

namespace {

using Letters = std::vector<std::string_view>;

// The code points of a text.
Letters letters_of(std::string_view text) {
  Letters letters;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    end = begin + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    letters.push_back(text.substr(begin, end - begin));
  }
  return letters;
}

// The fewest letters changed, added, left out or exchanged with their neighbour (Damerau, 1964; no letter twice).
std::size_t distance(const Letters& a, const Letters& b) {
  // Row i: from the first i letters of a to the first j of b. The last three rows will do.
  std::vector<std::size_t> before_last, last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = last;
    last = row;
  }
  return last.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> words) {
  const Letters letters = letters_of(word);
  const std::size_t most = letters.size() / 3;
  std::size_t least = 2 * most + 2;  // twice the distance, and one more for words that begin otherwise
  std::optional<std::string> found;
  for (const std::string& each : words) {
    const Letters others = letters_of(each);
    const std::size_t shorter = std::min(letters.size(), others.size());
    if (std::max(letters.size(), others.size()) - shorter > most) continue;  // so many are to be added at least
    const bool alike = shorter > 0 && letters.front() == others.front();
    if (const std::size_t far = 2 * distance(letters, others) + (alike ? 0 : 1); far < least) {
      least = far;
      found = each;
    }
  }
  return found;
}

}  // namespace glance
