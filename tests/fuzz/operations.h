#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tests/fuzz/program.h"

// The table of operations that random programs are made of.
namespace glance::fuzz {

class Builder;

using Arguments = std::span<const Variable>;
using Values = std::vector<Variable>;
using Evaluate = std::function<Values(Arguments x, const Attributes& a)>;
using Draw = std::function<bool(Builder& builder, Step& step)>;

// One line of the table of operations.
//
// In the printed forms, $0 and $1 are arguments, $name an attribute and $r0, $r1 the results; a form without $r0 is an
// expression with a single result. An empty `python` says that PyTorch has nothing to compare with.
struct Operation {
  std::string name;
  Draw draw;        // chooses arguments and attributes at which it is defined and smooth; false: found none
  Evaluate run;     // its results
  std::string cpp;  // how it is written with glance
  std::string python;
  Evaluate twin = {};            // the same by other operations
  Draw draw_for_sequences = {};  // for programs over sequences; without one it takes no part in them
};

// Every operation there is.
const std::vector<Operation>& operations();

// The parts of the table, by file.
std::vector<Operation> elementwise_operations();
std::vector<Operation> shape_operations();
std::vector<Operation> arrange_operations();
std::vector<Operation> statistics_operations();
std::vector<Operation> layer_operations();
std::vector<Operation> attention_operations();
std::vector<Operation> transformer_operations();

}  // namespace glance::fuzz
