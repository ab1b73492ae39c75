#pragma once

// Differentiation: gradients of outputs with respect to inputs, by walking the recorded graph backward.

#include <initializer_list>
#include <span>
#include <vector>

#include "glance/autograd/variable.h"

namespace glance {

// Options of grad().
struct GradOptions {
  bool retain = false;        // keep the graph, so that it can be differentiated once more
  bool create_graph = false;  // give gradients with a history of their own, for higher derivatives; implies retain
};

// The sum over outputs of d(output · output gradient)/d(input), for each input: reverse-mode differentiation. Inputs
// may be parameters or values on the way. `output_gradients` is empty when every output is a scalar (each then counts
// once), or has one tensor per output, of its shape. The gradient of an input that no output depends on is zeros;
// with create_graph, one that is the same for every input, as that of 3x is, can be differentiated again, to zeros.
// Gradients of many uses of one value are added one after the other, in its dtype.
//
// Without create_graph results are dense. They may share memory with each other and with `output_gradients`: whoever
// scales one in place scales a copy. Functional: touches no .grad(), and two threads may differentiate graphs that
// share only parameters. Frees what it visits unless options say otherwise.
//
// Error: an output without history, or of several elements and without a gradient; a gradient that does not fit its
// output; a constant input; a graph already freed; a saved value changed since.
std::vector<Variable> grad(std::span<const VariableRef> outputs, std::span<const VariableRef> inputs,
                           std::span<const VariableRef> output_gradients, GradOptions options = {});

// The gradients of one scalar output: grad(loss, {w, b}).
inline std::vector<Variable> grad(const Variable& output, std::initializer_list<VariableRef> inputs,
                                  GradOptions options = {}) {
  const VariableRef outputs[] = {output};
  return grad(outputs, std::span(inputs.begin(), inputs.size()), {}, options);
}

// The gradients of one output of any shape, given its own: grad(y, {x}, direction).
inline std::vector<Variable> grad(const Variable& output, std::initializer_list<VariableRef> inputs,
                                  const Variable& output_gradient, GradOptions options = {}) {
  const VariableRef outputs[] = {output};
  const VariableRef gradients[] = {output_gradient};
  return grad(outputs, std::span(inputs.begin(), inputs.size()), gradients, options);
}

// The gradients of one scalar output with respect to a list: grad(loss, parameters(model)).
std::vector<Variable> grad(const Variable& output, std::span<const Variable> inputs, GradOptions options = {});

}  // namespace glance
