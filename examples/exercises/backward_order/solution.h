// backward_order: who waits for whom on the way back
#pragma once
#include "examples/exercises/backward_order/graph.h"
#include "glance/glance.h"

using namespace glance;

inline std::vector<double> gradients(const std::vector<Node>& nodes, std::size_t last) {
  // For how many uses each node waits. Only those count from which `last` is computed.
  std::vector<int> waits_for(nodes.size());
  std::vector<bool> found(nodes.size());
  std::vector<std::size_t> open = {last};
  found[last] = true;
  while (!open.empty()) {
    const std::size_t node = open.back();
    open.pop_back();
    for (const Input& input : nodes[node].inputs) {
      ++waits_for[input.node];
      if (!found[input.node]) open.push_back(input.node);
      found[input.node] = true;
    }
  }

  std::vector<double> gradient(nodes.size());
  gradient[last] = 1;
  std::vector<std::size_t> complete = {last};
  while (!complete.empty()) {
    const std::size_t node = complete.back();
    complete.pop_back();
    for (const Input& input : nodes[node].inputs) {
      gradient[input.node] += input.slope * gradient[node];
      if (--waits_for[input.node] == 0) complete.push_back(input.node);
    }
  }
  return gradient;
}
