#include "autograd/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <memory_resource>

#include "autograd/arithmetic.h"
#include "autograd/node.h"
#include "autograd/reductions.h"
#include "tensor/create.h"
#include "tensor/elementwise.h"
#include "tensor/reduce.h"

namespace glance {

namespace detail {

namespace {

constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

// From a node to its visit: open addressing, since a run only ever adds.
class VisitTable {
 public:
  explicit VisitTable(std::pmr::memory_resource* memory) : slots_(32, memory) {}

  // The visit of `node`, or a place to put one, which is `nowhere` until then.
  std::uint32_t& find(Node* node) {
    if (2 * used_ >= slots_.size()) grow();
    Slot& slot = probe(node);
    if (!slot.node) {
      slot.node = node;
      ++used_;
    }
    return slot.visit;
  }

  std::uint32_t lookup(Node* node) { return probe(node).visit; }

 private:
  struct Slot {
    Node* node = nullptr;
    std::uint32_t visit = nowhere;
  };

  Slot& probe(Node* node) {
    const std::size_t mask = slots_.size() - 1;
    // Nodes are aligned to 64 bytes: the low bits say nothing.
    std::size_t i = (reinterpret_cast<std::uintptr_t>(node) >> 6) * 0x9E3779B97F4A7C15ull >> 20 & mask;
    while (slots_[i].node && slots_[i].node != node) i = (i + 1) & mask;
    return slots_[i];
  }

  void grow() {
    std::pmr::vector<Slot> old(2 * slots_.size(), slots_.get_allocator());
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.node) probe(slot.node) = slot;
  }

  std::pmr::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace

// One differentiation: finds what lies between the outputs and the inputs, then walks it from the last node made to the
// first, so that every gradient is complete before it is passed on. All that is under way lives here, never in the
// nodes.
class Run {
 public:
  Run(GradOptions options) : create_graph_(options.create_graph), retain_(options.retain || options.create_graph) {}

  // Adds a gradient of an output, from where the run starts. Undefined: the output is a scalar and counts once.
  void start(const Variable& output, const Variable& gradient);
  // Adds a gradient of d/d(input) to be found.
  void ask(const Variable& input);

  std::vector<Variable> inputs_gradients(std::span<const VariableRef> inputs);
  void add_to_parameters();

 private:
  friend class glance::Gradients;

  struct Visit {
    Node* node;
    std::uint32_t first_gradient;  // of its outputs, in gradients_
    std::uint32_t first_edge;      // in edge_visits_
    bool asked = false;            // it is an input
    bool needed = false;           // an input lies at or behind it
  };

  std::uint32_t visit(Node* node);
  void discover();
  void mark_needed();
  void walk(std::span<const VariableRef> inputs, std::span<Variable> results);
  void differentiate(std::uint32_t at);
  Variable* target(std::uint32_t at, int input);
  void accumulate(Variable& into, Variable gradient);

  bool create_graph_;
  bool retain_;
  std::uint64_t lowest_ = std::numeric_limits<std::uint64_t>::max();  // number of the first input
  std::array<std::byte, 4096> buffer_;  // enough for small graphs, so that they need no heap
  std::pmr::monotonic_buffer_resource memory_{buffer_.data(), buffer_.size()};
  VisitTable table_{&memory_};
  std::pmr::vector<Visit> visits_{&memory_};
  std::pmr::vector<std::uint32_t> edge_visits_{&memory_};
  std::pmr::vector<std::uint32_t> order_{&memory_};
  std::pmr::vector<Variable> gradients_{&memory_};
};

std::uint32_t Run::visit(Node* node) {
  std::uint32_t& at = table_.find(node);
  if (at == nowhere) {
    at = static_cast<std::uint32_t>(visits_.size());
    visits_.push_back({node, static_cast<std::uint32_t>(gradients_.size()), 0});
    gradients_.resize(gradients_.size() + node->outputs().size());
  }
  return at;
}

void Run::start(const Variable& output, const Variable& gradient) {
  if (!output.requires_grad())
    throw Error("grad: an output depends on no parameter: it is a constant, or was computed under NoGrad");
  if (gradient.defined()) {
    if (gradient.shape() != output.shape() || gradient.dtype() != output.dtype())
      throw Error(fmt::format("grad: the gradient of an output {} of shape {} was given as {} of shape {}",
                              name(output.dtype()), to_string(output.shape()), name(gradient.dtype()),
                              to_string(gradient.shape())));
  } else if (output.numel() != 1) {
    throw Error(
        fmt::format("grad: an output has shape {}: only a scalar can be differentiated without a gradient for it; "
                    "reduce it, for example with sum(x), or give one",
                    to_string(output.shape())));
  }
  const Visit& v = visits_[visit(output.node().get())];
  Variable seed = gradient.defined() ? gradient : Variable(ones_like(output.value()));
  accumulate(gradients_[v.first_gradient + output.output()], std::move(seed));
}

void Run::ask(const Variable& input) {
  if (!input.requires_grad())
    throw Error("grad: an input is a constant: make it with parameter(t) before the output is computed");
  lowest_ = std::min(lowest_, input.node()->number());
  visits_[visit(input.node().get())].asked = true;
}

// Nothing made before the first input can depend on it, so the search stops there.
void Run::discover() {
  for (std::uint32_t at = 0; at < visits_.size(); ++at) {
    Node* node = visits_[at].node;
    visits_[at].first_edge = static_cast<std::uint32_t>(edge_visits_.size());
    for (const Edge& edge : node->edges()) {
      Node* from = edge.node.get();
      edge_visits_.push_back(from && from->number() >= lowest_ ? visit(from) : nowhere);
    }
  }
  order_.resize(visits_.size());
  for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
  const auto later = [this](std::uint32_t a, std::uint32_t b) {
    return visits_[a].node->number() > visits_[b].node->number();
  };
  if (!std::is_sorted(order_.begin(), order_.end(), later)) std::sort(order_.begin(), order_.end(), later);
}

void Run::mark_needed() {
  for (std::size_t i = order_.size(); i-- > 0;) {
    Visit& v = visits_[order_[i]];
    v.needed = v.asked;
    for (std::size_t e = 0; e < v.node->edges().size() && !v.needed; ++e) {
      const std::uint32_t from = edge_visits_[v.first_edge + e];
      v.needed = from != nowhere && visits_[from].needed;
    }
  }
}

void Run::differentiate(std::uint32_t at) {
  const Visit v = visits_[at];
  const auto output_gradients = std::span(gradients_).subspan(v.first_gradient, v.node->outputs().size());
  const bool reached =
      std::any_of(output_gradients.begin(), output_gradients.end(), [](const Variable& g) { return g.defined(); });
  bool wanted = false;
  for (std::size_t e = 0; e < v.node->edges().size(); ++e) wanted |= target(at, static_cast<int>(e)) != nullptr;
  if (reached && wanted) {
    if (v.node->freed())
      throw Error(
          fmt::format("{}: its graph was freed by an earlier differentiation: pass retain = true to that one to use "
                      "the graph again, or compute the output anew",
                      v.node->name()));
    Gradients gradients(*this, at);
    v.node->differentiate(Saved(*v.node, create_graph_), gradients);
    if (!retain_) v.node->free_saved();
  }
  for (Variable& g : output_gradients) g = Variable();
}

void Run::walk(std::span<const VariableRef> inputs, std::span<Variable> results) {
  const ModesGuard guard({.recording = create_graph_, .detect_anomaly = current_modes().detect_anomaly});
  for (const std::uint32_t at : order_) {
    const Visit& v = visits_[at];
    if (!v.needed) continue;
    if (v.asked) {
      for (std::size_t i = 0; i < results.size(); ++i)
        if (inputs[i]->node().get() == v.node) results[i] = gradients_[v.first_gradient + inputs[i]->output()];
    }
    differentiate(at);
  }
}

std::vector<Variable> Run::inputs_gradients(std::span<const VariableRef> inputs) {
  discover();
  mark_needed();
  std::vector<Variable> results(inputs.size());
  walk(inputs, results);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!results[i].defined()) results[i] = zeros_like(inputs[i]->value());
  return results;
}

void Run::add_to_parameters() {
  lowest_ = 0;
  discover();
  for (Visit& v : visits_) v.needed = true;
  const ModesGuard guard({.recording = false, .detect_anomaly = current_modes().detect_anomaly});
  for (const std::uint32_t at : order_) {
    const Visit& v = visits_[at];
    Variable& gradient = gradients_[v.first_gradient];
    if (!v.node->is_parameter()) {
      differentiate(at);
    } else if (gradient.defined()) {
      Tensor& collected = static_cast<ParameterNode&>(*v.node).gradient;
      Variable total(std::move(collected));
      accumulate(total, std::move(gradient));
      collected = total.value();
    }
  }
}

// Where the gradient of a node's input is collected; null when nobody asked.
Variable* Run::target(std::uint32_t at, int input) {
  const Visit& v = visits_[at];
  const auto edge = static_cast<std::size_t>(input);
  const std::uint32_t from = edge_visits_[v.first_edge + edge];
  if (from == nowhere || !visits_[from].needed) return nullptr;
  return &gradients_[visits_[from].first_gradient + v.node->edges()[edge].output];
}

// x + y hands the same gradient to both, so only memory that nobody else holds may be added into.
void Run::accumulate(Variable& into, Variable gradient) {
  const auto may_be_changed = [](const Tensor& t) { return t.is_sole_owner() && t.is_dense(); };
  if (!into.defined()) {
    into = std::move(gradient);
  } else if (create_graph_) {
    into = into + gradient;
  } else if (may_be_changed(into.value())) {
    add_into(into.value(), gradient.value());
  } else if (may_be_changed(gradient.value())) {
    add_into(gradient.value(), into.value());
    into = std::move(gradient);
  } else {
    into = Variable(into.value() + gradient.value());
  }
}

Variable alias(const Variable& x) {
  if (!x.requires_grad()) return x;
  return record("alias", {x}, x.value(), Save::nothing, [](const Saved&, const Variable& grad) { return grad; });
}

}  // namespace detail

bool Gradients::create_graph() const { return run_->create_graph_; }

bool Gradients::wanted(int i) const { return run_->target(visit_, i) != nullptr; }

bool Gradients::reached(int i) const {
  return run_->gradients_[run_->visits_[visit_].first_gradient + static_cast<std::uint32_t>(i)].defined();
}

Variable Gradients::output(int i) const {
  const auto& v = run_->visits_[visit_];
  const Variable& gradient = run_->gradients_[v.first_gradient + static_cast<std::uint32_t>(i)];
  if (gradient.defined()) return gradient;
  const auto& info = v.node->outputs()[static_cast<std::size_t>(i)];
  return zeros(info.shape, info.dtype);
}

void Gradients::add(int i, Variable gradient) {
  Variable* into = run_->target(visit_, i);
  if (!into) return;
  const detail::Node& node = *run_->visits_[visit_].node;
  const auto& edge = node.edges()[static_cast<std::size_t>(i)];
  const auto& expected = edge.node->outputs()[edge.output];
  if (gradient.shape() != expected.shape) {
    if (gradient.shape() != node.outputs()[0].shape || !broadcasts_to(expected.shape, gradient.shape()))
      throw Error(fmt::format("{}: the rule of input {} gave a gradient of shape {}, but the input has shape {}",
                              node.name(), i, to_string(gradient.shape()), to_string(expected.shape)));
    gradient =
        run_->create_graph_ ? sum_to(gradient, expected.shape) : Variable(sum_to(gradient.value(), expected.shape));
  }
  if (gradient.dtype() != expected.dtype)
    throw Error(fmt::format("{}: the rule of input {} gave a gradient of dtype {}, but the input is {}", node.name(), i,
                            name(gradient.dtype()), name(expected.dtype)));
  if (current_modes().detect_anomaly) detail::check_finite(node.name(), "backward", gradient.value());
  run_->accumulate(*into, std::move(gradient));
}

const Tensor& Gradients::buffer(int i) {
  Variable* into = run_->target(visit_, i);
  if (!into || run_->create_graph_)
    throw Error(
        fmt::format("{}: buffer({}) is for a wanted input when no graph is created: ask wanted() and create_graph()",
                    run_->visits_[visit_].node->name(), i));
  if (!into->defined()) {
    const auto& edge = run_->visits_[visit_].node->edges()[static_cast<std::size_t>(i)];
    const auto& info = edge.node->outputs()[edge.output];
    *into = zeros(info.shape, info.dtype);
  } else if (!into->value().is_sole_owner() || !into->value().is_dense()) {
    *into = copy(into->value());
  }
  return into->value();
}

Destination Gradients::destination(int i) {
  Variable* into = run_->target(visit_, i);
  if (!into) return {};
  const detail::Node& node = *run_->visits_[visit_].node;
  // An input passed twice has one buffer, which the kernel may fill in any order: it starts from zeros.
  const int inputs = static_cast<int>(node.edges().size());
  for (int other = 0; other < inputs; ++other)
    if (other != i && run_->target(visit_, other) == into) return {buffer(i), true};
  if (into->defined() || run_->create_graph_) return {buffer(i), true};
  const auto& edge = node.edges()[static_cast<std::size_t>(i)];
  const auto& info = edge.node->outputs()[edge.output];
  *into = Tensor(info.shape, info.dtype);
  return {into->value(), false};
}

std::vector<Variable> grad(std::span<const VariableRef> outputs, std::span<const VariableRef> inputs,
                           std::span<const VariableRef> output_gradients, GradOptions options) {
  if (!output_gradients.empty() && output_gradients.size() != outputs.size())
    throw Error(fmt::format("grad: {} outputs but {} gradients for them", outputs.size(), output_gradients.size()));
  detail::Run run(options);
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
  detail::Run run({.retain = retain});
  run.start(*this, Variable());
  run.add_to_parameters();
}

}  // namespace glance
