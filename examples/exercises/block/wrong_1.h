// check says: the residual path was left out
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable transformer_block(const TransformerEncoderLayer& layer, const Variable& x) {
  const Variable normed = layer.norm1(x);
  const Variable seen = layer.self_attn.attend(normed, normed, normed, {.causal = true}).context;
  return layer.linear2(relu(layer.linear1(layer.norm2(seen))));
}
