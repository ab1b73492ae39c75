// check says: weights and context were given back in each other's place
#pragma once
#include <cmath>

#include "glance/glance.h"

using namespace glance;

inline Attended three_steps(const Variable& query, const Variable& keys, const Variable& values) {
  const double root = std::sqrt(static_cast<double>(query.shape(-1)));
  const Variable scores = matmul(query, transpose(keys)) / root;
  const Variable weights = softmax(scores, -1);
  return {weights, matmul(weights, values)};
}
