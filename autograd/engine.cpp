// One differentiation, from its outputs back to its inputs.
#include "glance/autograd/engine.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/rule.h"
#include "glance/autograd/small_vector.h"
#include "glance/autograd/visits.h"
#include "glance/tensor/create.h"
#include "glance/tensor/formatted.h"

namespace glance {

namespace {

using detail::nowhere;
using detail::Visit;

// How a gradient is computed that is to be differentiated again.
constexpr detail::RecordedOperations recorded_operations = {
    .add = [](const Variable& a, const Variable& b) { return a + b; },
    .sum_to = sum_to,
    .grad =
        [](std::span<const VariableRef> outputs, std::span<const VariableRef> inputs,
           std::span<const VariableRef> output_gradients) {
          return grad(outputs, inputs, output_gradients, {.create_graph = true});
        }};

// One differentiation: finds what lies between the outputs and the inputs, then walks it from the last node made to the
// first, so that every gradient is complete before it is passed on. All that is under way lives here, never in the
// nodes.
class Run {
 public:
  explicit Run(GradOptions options)
      : graph_(options.create_graph ? &recorded_operations : nullptr),
        retain_(options.retain || options.create_graph),
        detect_anomaly_(current_modes().detect_anomaly) {}

  // Adds a gradient of an output, from where the run starts. Undefined: the output is a scalar and counts once.
  void start(const Variable& output, const Variable& gradient);
  // Adds a gradient of d/d(input) to be found.
  void ask(const Variable& input);

  // Differentiates, and gives the gradients of the inputs that were asked for.
  std::vector<Variable> inputs_gradients(std::span<const VariableRef> inputs);
  // Differentiates, and adds to the gradient of every parameter that is met.
  void add_to_parameters();

 private:
  Variable& gradient_of(const Variable& output);

  void discover();
  void find_targets();
  void walk();
  void differentiate(const Visit& visit);
  void check_gradients(const Visit& visit);

  const detail::RecordedOperations* const graph_;  // null unless gradients are to have a history
  const bool retain_;
  const bool detect_anomaly_;
  bool asked_twice_ = false;                                               // two inputs come from one node
  std::uint64_t first_input_ = std::numeric_limits<std::uint64_t>::max();  // the lowest number of an input
  detail::Visits visits_;
  std::span<const std::uint32_t> order_;         // of visits_, from the last node made to the first
  detail::SmallVector<Variable, 16> gradients_;  // of each output of each visit
  detail::SmallVector<std::uint32_t, 32>
      targets_;  // for each edge of each visit, where in gradients_ its gradient goes
};

Variable& Run::gradient_of(const Variable& output) {
  const Visit& visit = visits_[visits_.number_of(output.node().get())];
  if (gradients_.size() < visits_.outputs()) gradients_.extend(visits_.outputs(), Variable());
  return gradients_[visit.first_gradient + output.output()];
}

void Run::start(const Variable& output, const Variable& gradient) {
  if (!output.given()) throw Error("grad: an output is undefined: give it a value first");
  if (!output.requires_grad())
    throw Error("grad: an output depends on no parameter: it is a constant, or was computed under NoGrad");
  if (gradient.given()) {
    if (gradient.shape() != output.shape() || gradient.dtype() != output.dtype())
      throw Error(formatted("grad: the gradient of an output {} of shape {} was given as {} of shape {}",
                            name(output.dtype()), to_string(output.shape()), name(gradient.dtype()),
                            to_string(gradient.shape())));
  } else if (output.numel() != 1) {
    throw Error(
        formatted("grad: an output has shape {}: only a scalar can be differentiated without a gradient for it; "
                  "reduce it, for example with sum(x), or give one",
                  to_string(output.shape())));
  }
  Variable seed = graph_ ? gradient : gradient.detach();
  if (!seed.defined()) seed = ones_like(output.value());
  detail::accumulate(gradient_of(output), std::move(seed), graph_);
}

void Run::ask(const Variable& input) {
  if (!input.given()) throw Error("grad: an input is undefined: make it with parameter(t)");
  if (!input.requires_grad())
    throw Error("grad: an input is a constant: make it with parameter(t) before the output is computed");
  first_input_ = std::min(first_input_, input.node()->number());
  Visit& v = visits_[visits_.number_of(input.node().get())];
  asked_twice_ |= v.asked;
  v.asked = true;
}

// Finds all nodes behind the outputs. Nothing made before the first input can depend on it, so the search stops there.
void Run::discover() {
  for (std::size_t at = 0; at < visits_.size(); ++at) {
    const detail::Node* node = visits_[at].node;
    visits_[at].first_edge = static_cast<std::uint32_t>(targets_.size());
    for (const detail::Edge& edge : node->edges()) {
      detail::Node* from = edge.node.get();
      targets_.push_back(from && from->number() >= first_input_ ? visits_.number_of(from) : nowhere);
    }
  }
  gradients_.extend(visits_.outputs(), Variable());
  order_ = visits_.latest_first();
}

// Turns the visit at the other end of each edge, which discover() left in targets_, into a place for its gradient, or
// into nowhere if no input lies there.
void Run::find_targets() {
  for (std::size_t i = order_.size(); i-- > 0;) {
    Visit& v = visits_[order_[i]];
    std::uint32_t* target = &targets_[v.first_edge];
    for (const detail::Edge& edge : v.node->edges()) {
      if (*target != nowhere) {
        const Visit& from = visits_[*target];
        const bool needed = from.asked || from.passes_on;
        *target = needed ? from.first_gradient + edge.output : nowhere;
        v.passes_on |= needed;
      }
      ++target;
    }
  }
}

// An anomaly is reported of the operation whose derivative is taken, not of those that its rule is made of.
void Run::walk() {
  const ModesGuard guard({.recording = graph_ != nullptr, .detect_anomaly = false});
  for (const std::uint32_t at : order_)
    if (visits_[at].passes_on) differentiate(visits_[at]);
}

void Run::differentiate(const Visit& visit) {
  detail::Node& node = *visit.node;
  const std::span output_gradients(&gradients_[visit.first_gradient], node.outputs().size());
  if (std::none_of(output_gradients.begin(), output_gradients.end(), [](const Variable& g) { return g.defined(); }))
    return;
  if (node.freed())
    throw Error(
        formatted("{}: its graph was freed by an earlier differentiation: pass retain = true to that one to use "
                  "the graph again, or compute the output anew",
                  node.name()));
  Gradients gradients(node,
                      {gradients_.begin(), visit.first_gradient, &targets_[visit.first_edge], graph_, visit.asked});
  node.differentiate(Saved(node, graph_ != nullptr), gradients);
  if (detect_anomaly_) check_gradients(visit);
  if (!retain_) node.free_saved();
  if (!visit.asked)
    for (Variable& g : output_gradients) g = Variable();
}

void Run::check_gradients(const Visit& visit) {
  for (std::size_t e = 0; e < visit.node->edges().size(); ++e) {
    const std::uint32_t target = targets_[visit.first_edge + e];
    if (target != nowhere && gradients_[target].defined())
      detail::check_finite(visit.node->name(), "backward", gradients_[target].value());
  }
}

// A gradient that does not change with the input, such as that of 3x, as an operation on it all the same: so it can be
// differentiated again, to zeros.
Variable joined(const Variable& input, const Tensor& gradient) {
  const ModesGuard guard({.recording = true, .detect_anomaly = false});
  return record("gradient", {input}, gradient, Save::nothing, [](const Saved&, Gradients&) {});
}

std::vector<Variable> Run::inputs_gradients(std::span<const VariableRef> inputs) {
  discover();
  find_targets();
  walk();
  std::vector<Variable> results;
  results.reserve(inputs.size());
  for (const VariableRef& input : inputs) {
    Variable& gradient = gradient_of(*input);
    if (!gradient.defined()) gradient = zeros_like(input->value());
    if (graph_ && !gradient.requires_grad())
      gradient = joined(*input, gradient.value());
    else if (!graph_ && !gradient.value().is_dense())
      gradient = copy(gradient.value());
    results.push_back(asked_twice_ ? gradient : std::move(gradient));
  }
  return results;
}

void Run::add_to_parameters() {
  first_input_ = 0;
  discover();
  for (Visit& v : visits_) v.asked = v.node->is_parameter();
  find_targets();
  walk();
  for (const Visit& v : visits_) {
    Variable& gradient = gradients_[v.first_gradient];
    if (!v.asked) continue;
    if (!gradient.defined()) gradient = zeros(v.node->outputs()[0].shape, v.node->outputs()[0].dtype);
    // The user may scale what is collected in place, so it must be memory of its own.
    Tensor& collected = static_cast<detail::ParameterNode&>(*v.node).gradient;
    if (!collected.defined()) {
      collected = detail::may_be_changed(gradient.value()) ? gradient.value() : copy(gradient.value());
    } else {
      Variable total(std::move(collected));
      detail::accumulate(total, std::move(gradient), nullptr);
      collected = total.value();
    }
  }
}

}  // namespace

std::vector<Variable> grad(std::span<const VariableRef> outputs, std::span<const VariableRef> inputs,
                           std::span<const VariableRef> output_gradients, GradOptions options) {
  if (!output_gradients.empty() && output_gradients.size() != outputs.size())
    throw Error(formatted("grad: {} outputs but {} gradients for them", outputs.size(), output_gradients.size()));
  Run run(options);
  for (const auto& input : inputs) run.ask(*input);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    run.start(*outputs[i], output_gradients.empty() ? Variable() : *output_gradients[i]);
  return run.inputs_gradients(inputs);
}

std::vector<Variable> grad(const Variable& output, std::span<const Variable> inputs, GradOptions options) {
  const VariableRef outputs[] = {output};
  const std::vector<VariableRef> refs(inputs.begin(), inputs.end());
  return grad(outputs, refs, {}, options);
}

void Variable::backward(bool retain) const {
  Run run({.retain = retain});
  run.start(*this, Variable());
  run.add_to_parameters();
}

}  // namespace glance
