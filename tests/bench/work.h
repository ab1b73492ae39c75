#pragma once

// Work that is counted: products of matrices, and operations on the graph.

#include <set>
#include <vector>

#include "glance/autograd/variable.h"
#include "glance/tensor/matmul.h"

namespace glance {

struct Work {
  Index calls, flops;
  bool operator==(const Work&) const = default;
};

inline Work operator+(Work a, Work b) { return {a.calls + b.calls, a.flops + b.flops}; }
inline Work operator*(Index n, Work a) { return {n * a.calls, n * a.flops}; }

// A product [m, k] x [k, n].
inline Work product(Index m, Index n, Index k) { return {1, 2 * m * n * k}; }

// Y = X Wᵀ, and the gradients of X and W.
inline Work linear_work(Index rows, Index in, Index out) { return 3 * product(rows, out, in); }

// What f multiplies.
template <class F>
Work work_of(F&& f) {
  const auto before = matmul_statistics();
  f();
  const auto after = matmul_statistics();
  return {after.calls - before.calls, after.flops - before.flops};
}

// Operations and parameters behind a variable.
inline std::size_t count_nodes(const Variable& from) {
  std::set<const detail::Node*> seen = {from.node().get()};
  std::vector<const detail::Node*> open(seen.begin(), seen.end());
  while (!open.empty()) {
    const detail::Node* node = open.back();
    open.pop_back();
    for (const auto& edge : node->edges())
      if (edge.node && seen.insert(edge.node.get()).second) open.push_back(edge.node.get());
  }
  return seen.size();
}

}  // namespace glance
