// greedy: the likeliest word, again and again
//
// A translator that writes by itself is fed what it has written. next(written) gives the scores of all words, [words],
// for the one that follows `written`, which starts with the word `begin` and then has all words written so far. Take
// the word with the highest score, write it, ask again, until the word is `end` or `most` words are written.
//
// The result is the words that were written: without `begin`, and without `end`. argmax(scores, 0).item() is the place
// of the highest score, as a double.
#pragma once
#include <functional>
#include <vector>

#include "glance/glance.h"

using namespace glance;

using Next = std::function<Tensor(const std::vector<Index>& written)>;

inline std::vector<Index> greedy_search(const Next& next, Index begin, Index end, Index most) {
  throw Error("not written yet");
}
