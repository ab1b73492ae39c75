// heads: several attentions side by side
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable split_heads(const Variable& x, Index heads) {
  return transpose(reshape(x, {x.shape(0), x.shape(1), heads, x.shape(2) / heads}), 1, 2);
}

inline Variable join_heads(const Variable& x) {
  return reshape(transpose(x, 1, 2), {x.shape(0), x.shape(2), x.shape(1) * x.shape(3)});
}
