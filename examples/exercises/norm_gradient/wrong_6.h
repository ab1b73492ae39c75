// check says: ε was left out of σ
#pragma once
#include "glance/glance.h"

using namespace glance;

struct NormGradient {
  Tensor x, weight, bias;
};

inline NormGradient norm_gradient(const Tensor& x, const Tensor& weight, const Tensor& grad) {
  const Tensor centred = x - mean(x, {-1}, true);
  const Tensor deviation = sqrt(mean(square(centred), {-1}, true)), n = centred / deviation;
  const Tensor of_n = grad * weight;
  const Tensor of_x = (of_n - mean(of_n, {-1}, true) - n * mean(of_n * n, {-1}, true)) / deviation;
  return {of_x, sum(grad * n, {0}), sum(grad, {0})};
}
