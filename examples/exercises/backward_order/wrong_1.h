// check says: the second path overwrote the first
#pragma once
#include <algorithm>

#include "examples/exercises/backward_order/graph.h"
#include "glance/glance.h"

using namespace glance;

inline void pass_on(const std::vector<Node>& nodes, std::size_t node, std::vector<double>& gradient) {
  for (const Input& input : nodes[node].inputs) {
    gradient[input.node] = input.slope * gradient[node];
    pass_on(nodes, input.node, gradient);
  }
}

inline std::vector<double> gradients(const std::vector<Node>& nodes, std::size_t last) {
  std::vector<double> gradient(nodes.size());
  gradient[last] = 1;
  pass_on(nodes, last, gradient);
  return gradient;
}
