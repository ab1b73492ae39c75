// broadcast: the gradient of what was stretched
//
// y = x + b with x of shape [2, 3] and b of [3] adds b to each of the two rows: forward, b is stretched to [2, 3]. Each
// element of b was used twice, and the gradient of what is used several times is the sum over its uses.
//
// grad has the shape of y. The result is the gradient of an input of shape `shape`: summed over each dimension that
// was stretched. A dimension that `shape` lacks (they are missing on the left) is gone after that; one where it has
// extent 1 is there, with extent 1. sum(x, {dim}) takes a dimension away, sum(x, {dim}, true) leaves it with extent 1.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor unbroadcast(const Tensor& grad, const Shape& shape) { throw Error("not written yet"); }
