// backward_order: who waits for whom on the way back
//
// In a graph of values each node knows its inputs, and how fast its own value rises with each of them (its slope). Give
// for every node how fast the value of node `last` rises with it, its gradient: that of `last` is 1, and each node adds
//
//   slope · its own gradient
//
// to the gradient of each of its inputs. A node may only do so when its own gradient is complete: a value that is used
// twice must wait until both that use it have added their part. The nodes stand in no particular order, `last` need
// not be the last of them, and a node that `last` does not depend on has the gradient 0 (and nobody waits for it).
#pragma once
#include "examples/exercises/backward_order/graph.h"
#include "glance/glance.h"

using namespace glance;

inline std::vector<double> gradients(const std::vector<Node>& nodes, std::size_t last) {
  throw Error("not written yet");
}
