// positions: sines and cosines that say where a word stands
#pragma once
#include <cmath>
#include <vector>

#include "glance/glance.h"

using namespace glance;

inline Tensor position_vectors(Index count, Index features, Index from) {
  std::vector<double> numbers;
  for (Index t = from; t < from + count; ++t)
    for (Index j = 0; j < features; ++j) {
      const Index pair = j / 2;
      const double angle =
          static_cast<double>(t) / std::pow(10000.0, 2.0 * static_cast<double>(pair) / static_cast<double>(features));
      numbers.push_back(j % 2 == 0 ? std::sin(angle) : std::cos(angle));
    }
  return from_values(numbers, {count, features});
}
