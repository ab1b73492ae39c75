// check says: what is added to was normed, too
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable transformer_block(const TransformerEncoderLayer& layer, const Variable& x) {
  const Variable normed = layer.norm1(x);
  const Variable seen = normed + layer.self_attn.attend(normed, normed, normed, {.causal = true}).context;
  const Variable normed_again = layer.norm2(seen);
  return normed_again + layer.linear2(relu(layer.linear1(normed_again)));
}
