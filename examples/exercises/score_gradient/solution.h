// score_gradient: what tells attention where to look
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor score_gradient(const Tensor& weights, const Tensor& values, const Tensor& grad_context) {
  const Tensor context = matmul(weights, values);
  const Tensor of_values = matmul(grad_context, transpose(values));   // vᵢ · dL/dc, [targets, sources]
  const Tensor of_context = sum(context * grad_context, {-1}, true);  // c · dL/dc, [targets, 1]
  return weights * (of_values - of_context);
}
