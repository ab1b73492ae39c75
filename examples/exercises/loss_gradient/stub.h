// loss_gradient: derive the gradient of cross-entropy
//
// The loss of a translator is the mean over its n places of −log p, where p is the probability that the softmax of the
// place's logits gave to the right word:
//
//   loss = −1/n · Σ log p(right word)        log pₖ = logitₖ − log Σⱼ exp(logitⱼ)
//
// Derive dloss/dlogit for each word of each place. The logit of the right word stands in the loss twice, by itself and
// in the sum; those of the other words stand in the sum alone. What comes out is so simple that the whole of a model's
// training starts from it.
//
// logits is [places, words], targets i64 [places], the number of the right word. The result is [places, words].
// softmax(logits, -1) is there; equal(unsqueeze(targets, -1), arange(words)) is true at the right word of each place,
// [places, words], and to(…, logits.dtype()) makes 1 and 0 of it. By hand: no grad().
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor loss_gradient(const Tensor& logits, const Tensor& targets) { throw Error("not written yet"); }
