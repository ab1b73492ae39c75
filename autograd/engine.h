#pragma once

#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "glance/autograd/record.h"
#include "glance/autograd/variable.h"

namespace glance {

// What becomes of the graph.
struct GradOptions {
  bool retain = false;        // keep the graph, so that it can be differentiated once more
  bool create_graph = false;  // give gradients with a history of their own, for higher derivatives; implies retain
};

// The sum over outputs of d(output · output gradient)/d(input), for each input: reverse-mode differentiation. Inputs
// may be parameters or values on the way. `output_gradients` is empty when every output is a scalar (each then counts
// once), or has a tensor of its shape for each output. The gradient of an input that no output depends on is zeros.
// Without create_graph results are dense. They may share memory with each other and with `output_gradients`: whoever
// scales one in place scales a copy. Functional: touches no .grad(), and two threads may differentiate graphs that
// share only parameters. Frees what it visits unless options say otherwise. Error: an output without history, or of
// several elements and without a gradient; a gradient that does not fit its output; a constant input; a graph already
// freed; a saved value changed since.
std::vector<Variable> grad(std::span<const VariableRef> outputs, std::span<const VariableRef> inputs,
                           std::span<const VariableRef> output_gradients, GradOptions options = {});

// The same of one output.
inline std::vector<Variable> grad(const Variable& output, std::initializer_list<VariableRef> inputs,
                                  GradOptions options = {}) {
  const VariableRef outputs[] = {output};
  return grad(outputs, std::span(inputs.begin(), inputs.size()), {}, options);
}
inline std::vector<Variable> grad(const Variable& output, std::initializer_list<VariableRef> inputs,
                                  const Variable& output_gradient, GradOptions options = {}) {
  const VariableRef outputs[] = {output};
  const VariableRef gradients[] = {output_gradient};
  return grad(outputs, std::span(inputs.begin(), inputs.size()), gradients, options);
}

// The same with respect to a list, such as parameters(model).
std::vector<Variable> grad(const Variable& output, std::span<const Variable> inputs, GradOptions options = {});

}  // namespace glance
