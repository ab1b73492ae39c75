// gaps: hide words, and ask for those alone
//
// The loss of a model that fills gaps. sentences is i64 [batch, time]; hidden is bool [batch, time], true where a word
// is to be hidden; mask is the number that stands for a hidden word. The model, called as model(numbers), takes i64
// [batch, time] and gives the logits of all words at each place, [batch, time, words]:
//
//   what it reads   the sentences, with the mask in the place of each hidden word
//   what it owes    the hidden words: the mean of their cross-entropies, and nothing for the others
//
// where(condition, a, b) takes a where the condition is true and b elsewhere, number by number; b may be one number.
// softmax_cross_entropy(logits, targets, {.ignore_index = -1}) is the mean over the targets that are not -1.
#pragma once
#include <functional>

#include "glance/glance.h"

using namespace glance;

using GapModel = std::function<Variable(const Tensor&)>;

inline Variable gap_loss(const GapModel& model, const Tensor& sentences, const Tensor& hidden, Index mask) {
  throw Error("not written yet");
}
