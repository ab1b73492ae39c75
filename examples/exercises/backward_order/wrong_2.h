// check says: a value passed its gradient on before all that use it had added their part
#pragma once
#include <deque>

#include "examples/exercises/backward_order/graph.h"
#include "glance/glance.h"

using namespace glance;

inline std::vector<double> gradients(const std::vector<Node>& nodes, std::size_t last) {
  std::vector<double> gradient(nodes.size());
  gradient[last] = 1;
  std::deque<std::size_t> open = {last};
  while (!open.empty()) {
    const std::size_t node = open.front();
    open.pop_front();
    for (const Input& input : nodes[node].inputs) {
      gradient[input.node] += input.slope * gradient[node];
      open.push_back(input.node);
    }
  }
  return gradient;
}
