// check says: your code did not end within 2 seconds
#pragma once
#include "examples/exercises/backward_order/graph.h"
#include "glance/glance.h"

using namespace glance;

// Every path by itself: right, and without end where there are many.
inline void walk(const std::vector<Node>& nodes, std::size_t node, double along, std::vector<double>& gradient) {
  gradient[node] += along;
  for (const Input& input : nodes[node].inputs) walk(nodes, input.node, input.slope * along, gradient);
}

inline std::vector<double> gradients(const std::vector<Node>& nodes, std::size_t last) {
  std::vector<double> gradient(nodes.size());
  walk(nodes, last, 1, gradient);
  return gradient;
}
