// What a rule reads of its node, and how the gradients that it gives are collected.
#include "glance/autograd/rule.h"

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/reduce.h"

namespace glance {

Variable Saved::input(int i) const {
  const auto n = static_cast<std::uint32_t>(i);
  const Tensor& value = node_->saved_input(n);
  if (!joined_) return value;
  const detail::Edge& edge = node_->edges()[n];
  return {value, edge.node, edge.output};
}

Variable Saved::output(int i) const {
  const auto n = static_cast<std::uint32_t>(i);
  const Tensor& value = node_->saved_output(n);
  if (!joined_) return value;
  auto* node = const_cast<detail::Node*>(node_);
  detail::retain(node);
  return {value, detail::NodeHandle::adopt(node), n};
}

const Shape& Saved::input_shape(int i) const {
  const auto& edge = node_->edges()[static_cast<std::size_t>(i)];
  if (!edge.node) throw Error(formatted("{}: input {} is a constant, so its shape was not kept", node_->name(), i));
  return edge.node->outputs()[edge.output].shape;
}

void detail::accumulate(Variable& into, Variable gradient, const RecordedOperations* graph) {
  if (!into.defined()) {
    into = std::move(gradient);
  } else if (graph) {
    into = graph->add(into, gradient);
  } else if (may_be_changed(into.value())) {
    add_into(into.value(), gradient.value());
  } else if (may_be_changed(gradient.value())) {
    add_into(gradient.value(), into.value());
    into = std::move(gradient);
  } else {
    into = Variable(into.value() + gradient.value());
  }
}

void Gradients::throw_no_input(int i) const {
  throw Error(formatted("{}: its rule speaks of input {} of {}", node_->name(), i, node_->edges().size()));
}

Variable& Gradients::collected_output(int i) const {
  const std::size_t count = node_->outputs().size();
  if (static_cast<std::size_t>(i) >= count)
    throw Error(formatted("{}: its rule speaks of output {} of {}", node_->name(), i, count));
  return places_.collected[places_.first_output + static_cast<std::uint32_t>(i)];
}

const detail::OutputInfo& Gradients::input_info(int i) const {
  const auto& edge = node_->edges()[static_cast<std::size_t>(i)];
  return edge.node->outputs()[edge.output];
}

bool Gradients::reached(int i) const { return collected_output(i).defined(); }

const Variable& Gradients::output(int i) const {
  Variable& gradient = collected_output(i);
  if (!gradient.defined()) {
    const auto& info = node_->outputs()[static_cast<std::size_t>(i)];
    gradient = zeros(info.shape, info.dtype);
  }
  return gradient;
}

Tensor Gradients::take_output(int i) {
  if (create_graph())
    throw Error(formatted("{}: take_output({}) is for when no graph is created: ask create_graph()", node_->name(), i));
  const Tensor& gradient = output(i).value();
  const bool ours = !places_.outputs_asked && detail::may_be_changed(gradient) && gradient.is_dense();
  return ours ? gradient : copy(gradient);
}

void Gradients::add(int i, Variable gradient) {
  Variable* into = target(i);
  if (!into) return;
  const auto& expected = input_info(i);
  if (!gradient.defined()) throw Error(formatted("{}: the rule of input {} gave no gradient", node_->name(), i));
  if (gradient.shape() != expected.shape) {
    if (gradient.shape() != node_->outputs()[0].shape || !broadcasts_to(expected.shape, gradient.shape()))
      throw Error(formatted("{}: the rule of input {} gave a gradient of shape {}, but the input has shape {}",
                            node_->name(), i, to_string(gradient.shape()), to_string(expected.shape)));
    gradient = places_.graph ? places_.graph->sum_to(gradient, expected.shape)
                             : Variable(sum_to(gradient.value(), expected.shape));
  }
  if (gradient.dtype() != expected.dtype)
    throw Error(formatted("{}: the rule of input {} gave a gradient of dtype {}, but the input is {}", node_->name(), i,
                          name(gradient.dtype()), name(expected.dtype)));
  detail::accumulate(*into, std::move(gradient), places_.graph);
}

const Tensor& Gradients::buffer(int i) {
  Variable* into = target(i);
  if (!into || create_graph())
    throw Error(
        formatted("{}: buffer({}) is for a wanted input when no graph is created: ask wanted() and create_graph()",
                  node_->name(), i));
  if (!into->defined()) {
    const auto& info = input_info(i);
    *into = zeros(info.shape, info.dtype);
  } else if (!detail::may_be_changed(into->value())) {
    *into = copy(into->value());
  }
  return into->value();
}

Destination Gradients::destination(int i) {
  Variable* into = target(i);
  if (!into) return {};
  // An input passed twice has one buffer, which the kernel may fill in any order: it starts from zeros.
  bool shared = false;
  const int inputs = static_cast<int>(node_->edges().size());
  for (int other = 0; other < inputs; ++other) {
    if (other == i || target(other) != into) continue;
    if (handed_out_ >> other & 1u) return {into->value(), true};
    shared = true;
  }
  handed_out_ |= std::uint64_t{1} << i;
  if (shared || into->defined() || create_graph()) return {buffer(i), true};
  const auto& info = input_info(i);
  *into = Tensor(info.shape, info.dtype);
  return {into->value(), false};
}

void Gradients::add_through_twin(std::span<const Variable> inputs, std::span<const Variable> outputs) {
  if (outputs.size() != node_->outputs().size())
    throw Error(formatted("{}: its twin gave {} outputs, but it has {}", node_->name(), outputs.size(),
                          node_->outputs().size()));
  std::vector<VariableRef> asked;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (wanted(static_cast<int>(i))) asked.push_back(inputs[i]);
  std::vector<VariableRef> used;
  std::vector<VariableRef> used_gradients;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!reached(static_cast<int>(i)) || !outputs[i].requires_grad()) continue;
    used.push_back(outputs[i]);
    used_gradients.push_back(output(static_cast<int>(i)));
  }
  const auto results = places_.graph->grad(used, asked, used_gradients);
  std::size_t next = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (wanted(static_cast<int>(i))) add(static_cast<int>(i), results[next++]);
}

}  // namespace glance
