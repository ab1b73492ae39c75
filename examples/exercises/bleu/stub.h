// bleu: how much of a translation is in the right one
//
// BLEU (Papineni and others, 2002) compares a candidate with a reference by their n-grams, the runs of n words. For n
// from 1 to 4 the precision pₙ is the share of the candidate's n-grams that the reference has, where an n-gram counts
// at most as often as it stands in the reference. With c and r words in candidate and reference,
//
//   BLEU = brevity · (p₁ p₂ p₃ p₄)^(1/4)      brevity = 1 if c ≥ r, else exp(1 − r / c)
//
// It is 0 when a precision is 0, or the candidate has fewer than 4 words. (That is BLEU of one sentence; that of many
// adds up the counts of all first.)
#pragma once
#include <string>
#include <vector>

#include "glance/glance.h"

using namespace glance;

inline double bleu_of(const std::vector<std::string>& candidate, const std::vector<std::string>& reference) {
  throw Error("not written yet");
}
