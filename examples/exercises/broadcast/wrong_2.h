// check says: only the first use counted
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor unbroadcast(const Tensor& grad, const Shape& shape) {
  Tensor result = grad;
  while (result.rank() > shape.rank()) result = select(result, 0, 0);
  for (int dim = 0; dim < shape.rank(); ++dim)
    if (shape[dim] == 1) result = slice(result, dim, 0, 1);
  return result;
}
