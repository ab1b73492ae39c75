#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include "autograd/variable.h"

namespace glance {

// A name for a parameter, or for a value on the way, in a drawing.
using NamedVariable = std::pair<std::string, Variable>;

// The graph behind `outputs` as text for Graphviz: each operation with the shape it gives, parameters as boxes, arrows
// the way the values flow, outputs in bold. Constants have no node and are not drawn. The same graph gives the same
// text. Draw it before it is let go: `dot -Tsvg graph.dot -o graph.svg`. Error for an output without history.
std::string draw_graph(std::span<const VariableRef> outputs, std::span<const NamedVariable> names = {});
std::string draw_graph(const Variable& output, std::initializer_list<NamedVariable> names = {});
std::string draw_graph(const Variable& output, std::span<const NamedVariable> names);

}  // namespace glance
