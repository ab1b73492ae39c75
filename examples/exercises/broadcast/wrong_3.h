// check says: a dimension of extent 1 was stretched, too
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor unbroadcast(const Tensor& grad, const Shape& shape) {
  Tensor result = grad;
  while (result.rank() > shape.rank()) result = sum(result, {0});
  return result;
}
