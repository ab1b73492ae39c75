// beam: several translations at once
//
// The likeliest first word need not begin the likeliest sentence. Beam search keeps several beginnings, its hypotheses,
// and the score of each: the sum of the log-probabilities of its words, that of `end` included.
//
// next(written) gives the log-probabilities of all words, [words], after `written`, which starts with `begin`. At each
// step continue every open hypothesis with every word, and of all these keep the `width` with the highest scores. Those
// whose last word is `end` are finished, and are put aside; the others are open, for the next step. Stop when none is
// open, or when the open ones have `most` words; these then count like finished ones. The result is the words of the
// best of all, without `begin` and `end`.
#pragma once
#include <functional>
#include <vector>

#include "glance/glance.h"

using namespace glance;

using Next = std::function<Tensor(const std::vector<Index>& written)>;

inline std::vector<Index> beam_search(const Next& next, Index begin, Index end, Index most, Index width) {
  throw Error("not written yet");
}
