#pragma once

// The nodes that one differentiation visits, each once: numbered as they are found, and found again by their address.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "glance/autograd/node.h"
#include "glance/autograd/small_vector.h"

namespace glance::detail {

// What a differentiation knows of one node.
struct Visit {
  Node* node;
  std::uint32_t first_gradient;  // of its outputs, among the gradients of all visits
  std::uint32_t first_edge = 0;  // of its inputs, among the edges of all visits
  bool asked = false;            // its own gradient is asked for
  bool passes_on = false;        // a node whose gradient is asked for lies behind it
};

// A table of visits. Few nodes are found by looking through them, many by hashing.
class Visits {
 public:
  // The number of a node's visit, which is new if need be.
  std::uint32_t number_of(Node* node);

  // How many there are.
  std::size_t size() const { return visits_.size(); }
  // How many outputs their nodes have in all.
  std::uint32_t outputs() const { return outputs_; }
  // The visit of this number.
  Visit& operator[](std::size_t number) { return visits_[number]; }
  // All visits as a range, in the order in which they were found.
  Visit* begin() { return visits_.begin(); }
  Visit* end() { return visits_.end(); }

  // The numbers of the visits, from the last node made to the first: what depends on a node comes before it. Holds
  // until another node is visited.
  std::span<const std::uint32_t> latest_first();

 private:
  std::uint32_t* slot(const Node* node);
  void grow_table();

  SmallVector<Visit, 16> visits_;
  std::uint32_t outputs_ = 0;
  SmallVector<std::uint32_t, 16> order_;
  SmallVector<std::uint32_t, 32> table_;  // from a node to its visit, by open addressing; empty while there are few
  std::uint64_t last_found_ = std::numeric_limits<std::uint64_t>::max();  // the number of the latest node
  bool in_order_ = true;                                                  // they were found from the last to the first
};

}  // namespace glance::detail
