// check says: each head got every second feature
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable split_heads(const Variable& x, Index heads) {
  return permute(reshape(x, {x.shape(0), x.shape(1), x.shape(2) / heads, heads}), {0, 3, 1, 2});
}

inline Variable join_heads(const Variable& x) {
  return reshape(permute(x, {0, 2, 3, 1}), {x.shape(0), x.shape(2), x.shape(1) * x.shape(3)});
}
