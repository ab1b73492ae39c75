// check says: the elements were read in their order, so that places were mixed
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable split_heads(const Variable& x, Index heads) {
  return reshape(x, {x.shape(0), heads, x.shape(1), x.shape(2) / heads});
}

inline Variable join_heads(const Variable& x) { return reshape(x, {x.shape(0), x.shape(2), x.shape(1) * x.shape(3)}); }
