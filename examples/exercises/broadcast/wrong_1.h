// check says: the uses were averaged, not added
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor unbroadcast(const Tensor& grad, const Shape& shape) {
  Tensor result = grad;
  while (result.rank() > shape.rank()) result = mean(result, {0});
  for (int dim = 0; dim < shape.rank(); ++dim)
    if (shape[dim] == 1) result = mean(result, {dim}, true);
  return result;
}
