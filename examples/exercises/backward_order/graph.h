// backward_order: the graph that is walked back.
#pragma once
#include <cstddef>
#include <utility>
#include <vector>

// An input of a node: which node it is, and how fast the node's value rises with it.
struct Input {
  std::size_t node;
  double slope;
};

// A value that was computed from others; one without inputs was given.
struct Node {
  std::vector<Input> inputs;
};
