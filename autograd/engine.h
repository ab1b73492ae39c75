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

namespace detail {

// For a fused operation whose derivative is to be differentiated again: runs its composed twin on recorded aliases of
// the saved inputs and differentiates that with respect to the aliases, so that an input passed twice, or one that
// depends on another, counts once. `twin` takes the inputs as a span and returns the outputs as a vector, in the node's
// order.
template <class Twin>
void differentiate_twin(const Saved& saved, Gradients& gradients, int inputs, Twin&& twin);

// x as the output of a node of its own.
Variable alias(const Variable& x);

}  // namespace detail

template <class Twin>
void detail::differentiate_twin(const Saved& saved, Gradients& gradients, int inputs, Twin&& twin) {
  std::vector<Variable> aliases;
  std::vector<VariableRef> wanted;
  aliases.reserve(static_cast<std::size_t>(inputs));
  for (int i = 0; i < inputs; ++i) {
    aliases.push_back(alias(saved.input(i)));
    if (gradients.wanted(i)) wanted.push_back(aliases.back());
  }
  const std::vector<Variable> outputs = std::forward<Twin>(twin)(std::span<const Variable>(aliases));
  std::vector<VariableRef> reached;
  std::vector<Variable> reached_gradients;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!gradients.reached(static_cast<int>(i)) || !outputs[i].requires_grad()) continue;
    reached.push_back(outputs[i]);
    reached_gradients.push_back(gradients.output(static_cast<int>(i)));
  }
  const std::vector<VariableRef> gradient_refs(reached_gradients.begin(), reached_gradients.end());
  const auto results = grad(reached, wanted, gradient_refs, {.create_graph = true});
  std::size_t next = 0;
  for (int i = 0; i < inputs; ++i)
    if (gradients.wanted(i)) gradients.add(i, results[next++]);
}

}  // namespace glance
