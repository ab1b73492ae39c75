// broadcast: the gradient of what was stretched
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor unbroadcast(const Tensor& grad, const Shape& shape) {
  Tensor result = grad;
  while (result.rank() > shape.rank()) result = sum(result, {0});
  for (int dim = 0; dim < shape.rank(); ++dim)
    if (shape[dim] == 1) result = sum(result, {dim}, true);
  return result;
}
