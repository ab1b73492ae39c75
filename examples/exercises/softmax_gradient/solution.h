// softmax_gradient: derive the gradient of softmax
#pragma once
#include "glance/glance.h"

using namespace glance;

// dyⱼ/dxᵢ = yⱼ (1 if i = j, else 0) − yⱼ yᵢ, so that Σⱼ gⱼ dyⱼ/dxᵢ = yᵢ (gᵢ − Σⱼ gⱼ yⱼ)
inline Tensor softmax_gradient(const Tensor& weights, const Tensor& grad) {
  return weights * (grad - sum(grad * weights, {-1}, true));
}
