#pragma once

#include <string>
#include <type_traits>

#include "glance/autograd/indexing.h"
#include "glance/nn/module.h"
#include "glance/tensor/indexing.h"

// The state of a model: what it keeps from one step to the next, or has made ready for its steps. It is a struct whose
// Variables and Tensors all have the rows of the batch as their first dimension, and it lists them as a layer does:
//
//   static void visit(auto& self, auto&& f) { f("hidden", self.hidden); f("cell", self.cell); }
//
// A member may also be a state, or an optional, vector or variant of these.
namespace glance {

// The rows `rows`, i64 [n], of a state, in that order; a row may be taken several times. What is undefined stays so.
// Differentiable in the state's Variables. Error for a row that is not there.
template <class State>
State take_rows(const State& state, const Tensor& rows) {
  State result = state;
  auto take = [&rows](const std::string&, auto& member) {
    if (member.defined()) member = index_select(member, 0, rows);
  };
  visit_leaves<Variable, Tensor>("", result, take);
  return result;
}

}  // namespace glance
