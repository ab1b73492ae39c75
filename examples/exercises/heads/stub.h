// heads: several attentions side by side
//
// With several heads, the features of each place are cut into equal parts, and each head attends with its own part. For
// 8 features and 2 heads, head 0 has the features 0 to 3 of every place, and head 1 those from 4 to 7:
//
//   split_heads:  [batch, time, features] -> [batch, heads, time, features / heads]
//   join_heads:   the way back
//
// reshape(x, {…}) reads the elements in their order and gives them another shape, transpose(x, a, b) exchanges two
// dimensions.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable split_heads(const Variable& x, Index heads) { throw Error("not written yet"); }

inline Variable join_heads(const Variable& x) { throw Error("not written yet"); }
