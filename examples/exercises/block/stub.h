// block: one block of a Transformer
//
// A block adds to each place first what attention sees, then what a small network makes of it. Each reads a normed x,
// and what it gives is added to x as it was (that is the residual path):
//
//   x ← x + self_attn(norm1(x))
//   x ← x + linear2(relu(linear1(norm2(x))))
//
// A place must not see the places after it. The layer has all parts by the names above: layer.norm1(x) norms, and
//
//   layer.self_attn.attend(query, keys, values, {.causal = true}).context
//
// is attention with several heads; self-attention takes the same for query, keys and values. x is [batch, time,
// features], and so is the result. No dropout.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable transformer_block(const TransformerEncoderLayer& layer, const Variable& x) {
  throw Error("not written yet");
}
