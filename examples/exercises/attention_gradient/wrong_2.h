// check says: the softmax's second term was left out
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
  const Tensor of_scores = weights * of_weights / root;
  return {matmul(of_scores, keys), matmul(transpose(of_scores), query), matmul(transpose(weights), grad)};
}
