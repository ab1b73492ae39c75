// loss: how improbable the right words were
//
// The loss of a word is −log of the probability that the model gave to the right one, where the probabilities are the
// softmax of the logits. That of a batch is the mean over all its words. Sentences that are shorter than the longest
// are filled up with pads, and pads count for nothing: neither in the sum nor in the number that it is divided by.
//
// logits is [batch, time, words], targets i64 [batch, time], real bool [batch, time], true where a word stands and
// false at a pad. The result is a single number. log_softmax(x, -1) is the logarithm of the softmax without overflow,
// gather(x, -1, indices) takes one entry of each row, with indices [batch, time, 1]. softmax_cross_entropy would be the
// answer: do without.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable mean_loss(const Variable& logits, const Tensor& targets, const Tensor& real) {
  throw Error("not written yet");
}
