#pragma once

// Pictures of the recorded graph.

#include <initializer_list>
#include <span>
#include <string>

#include "glance/autograd/variable.h"

namespace glance {

// The graph behind `outputs` as text for Graphviz: each operation with the shape it gives, parameters as boxes, arrows
// the way the values flow, outputs in bold. Constants have no node and are not drawn. The same graph gives the same
// text. Draw it before it is let go: `dot -Tsvg graph.dot -o graph.svg`. Error for an output without history.
//
// `names` are for parameters and for values on the way; those of a model are named_parameters(model). What stands
// before a parameter's last point is its layer ("encoder" of "encoder.weight_ih_l0"): the parameters of a layer, and
// the operations that take parameters of it and no others, stand together in a frame with its name.
std::string draw_graph(std::span<const VariableRef> outputs, std::span<const NamedVariable> names = {});

// The graph behind one output: draw_graph(loss, {{"x", x}}).
std::string draw_graph(const Variable& output, std::initializer_list<NamedVariable> names = {});

// The graph behind one output, with a list of names: draw_graph(loss, named_parameters(model)).
std::string draw_graph(const Variable& output, std::span<const NamedVariable> names);

}  // namespace glance
