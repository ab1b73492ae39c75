#include "glance/autograd/engine.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/node.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/small_vector.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/reduce.h"

namespace glance {

namespace detail {

namespace {

constexpr std::uint32_t nowhere = std::numeric_limits<std::uint32_t>::max();

// x + y hands the same gradient to both, so only memory that nobody else holds may be added into. It is no view, and
// so it is dense.
bool may_be_changed(const Tensor& gradient) { return gradient.is_sole_owner(); }

// Nodes are aligned to 64 bytes: the low bits say nothing.
std::size_t hash(const Node* node) {
  return (reinterpret_cast<std::uintptr_t>(node) >> 6) * 0x9E3779B97F4A7C15ull >> 20;
}

}  // namespace

// One differentiation: finds what lies between the outputs and the inputs, then walks it from the last node made to the
// first, so that every gradient is complete before it is passed on. All that is under way lives here, never in the
// nodes.
class Run {
 public:
  explicit Run(GradOptions options)
      : create_graph_(options.create_graph),
        retain_(options.retain || options.create_graph),
        detect_anomaly_(current_modes().detect_anomaly) {}

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
    std::uint32_t first_edge = 0;  // of its inputs, in targets_
    bool asked = false;            // it is an input
    bool passes_on = false;        // an input lies behind it
  };

  std::uint32_t visit(Node* node);
  std::uint32_t* slot(Node* node);
  void grow_table();
  Variable& gradient_of(const Variable& output);

  void discover();
  void find_targets();
  void walk(bool recording);
  void differentiate(const Visit& visit, Gradients gradients);
  void check_gradients(const Visit& visit);
  Variable* target(std::uint32_t at, int input);
  void accumulate(Variable& into, Variable gradient);

  const bool create_graph_;
  const bool retain_;
  const bool detect_anomaly_;
  bool asked_twice_ = false;                                               // two inputs come from one node
  std::uint64_t first_input_ = std::numeric_limits<std::uint64_t>::max();  // the lowest number of an input
  std::uint64_t last_found_ = std::numeric_limits<std::uint64_t>::max();   // the number of the latest visit
  bool in_order_ = true;                                                   // visits_ are sorted as they were found
  SmallVector<Visit, 16> visits_;
  SmallVector<Variable, 16> gradients_;
  SmallVector<std::uint32_t, 32> targets_;  // for each edge of each visit, where in gradients_ its gradient goes
  SmallVector<std::uint32_t, 16> order_;    // of visits_, from the last node made to the first
  SmallVector<std::uint32_t, 32> table_;    // from a node to its visit, by open addressing; empty while there are few
};

constexpr std::size_t few = 8;

// The visit of a node, which is new if need be.
std::uint32_t Run::visit(Node* node) {
  const auto next = static_cast<std::uint32_t>(visits_.size());
  if (next <= few) {
    for (std::uint32_t at = 0; at < next; ++at)
      if (visits_[at].node == node) return at;
    if (next == few) grow_table();
  }
  if (next >= few) {
    std::uint32_t* at = slot(node);
    if (*at != nowhere) return *at;
    *at = next;
  }
  visits_.push_back({node, static_cast<std::uint32_t>(gradients_.size())});
  gradients_.extend(gradients_.size() + node->outputs().size(), Variable());
  if (2 * visits_.size() > table_.size() && next >= few) grow_table();
  // A parameter passes nothing on, so it may come at any time.
  if (!node->is_parameter()) {
    in_order_ &= node->number() < last_found_;
    last_found_ = node->number();
  }
  return next;
}

// Where the table has the node's visit, or has room for it.
std::uint32_t* Run::slot(Node* node) {
  const std::size_t mask = table_.size() - 1;
  std::size_t i = hash(node) & mask;
  while (table_[i] != nowhere && visits_[table_[i]].node != node) i = (i + 1) & mask;
  return &table_[i];
}

void Run::grow_table() {
  const std::size_t size = std::max<std::size_t>(4 * table_.size(), 32);
  std::fill(table_.begin(), table_.end(), nowhere);
  table_.extend(size, nowhere);
  for (std::uint32_t at = 0; at < visits_.size(); ++at) *slot(visits_[at].node) = at;
}

Variable& Run::gradient_of(const Variable& output) {
  return gradients_[visits_[visit(output.node().get())].first_gradient + output.output()];
}

void Run::start(const Variable& output, const Variable& gradient) {
  if (!output.requires_grad())
    throw Error("grad: an output depends on no parameter: it is a constant, or was computed under NoGrad");
  if (gradient.defined()) {
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
  Variable seed = create_graph_ ? gradient : gradient.detach();
  if (!seed.defined()) seed = ones_like(output.value());
  accumulate(gradient_of(output), std::move(seed));
}

void Run::ask(const Variable& input) {
  if (!input.requires_grad())
    throw Error("grad: an input is a constant: make it with parameter(t) before the output is computed");
  first_input_ = std::min(first_input_, input.node()->number());
  Visit& v = visits_[visit(input.node().get())];
  asked_twice_ |= v.asked;
  v.asked = true;
}

// Finds all nodes behind the outputs. Nothing made before the first input can depend on it, so the search stops there.
void Run::discover() {
  for (std::size_t at = 0; at < visits_.size(); ++at) {
    Node* node = visits_[at].node;
    visits_[at].first_edge = static_cast<std::uint32_t>(targets_.size());
    for (const Edge& edge : node->edges()) {
      Node* from = edge.node.get();
      targets_.push_back(from && from->number() >= first_input_ ? visit(from) : nowhere);
    }
  }
  order_.extend(visits_.size(), 0);
  for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
  if (!in_order_)
    std::sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return visits_[a].node->number() > visits_[b].node->number();
    });
}

// Turns the visit at the other end of each edge, which discover() left in targets_, into a place for its gradient, or
// into nowhere if no input lies there.
void Run::find_targets() {
  for (std::size_t i = order_.size(); i-- > 0;) {
    Visit& v = visits_[order_[i]];
    std::uint32_t* target = &targets_[v.first_edge];
    for (const Edge& edge : v.node->edges()) {
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
void Run::walk(bool recording) {
  const ModesGuard guard({.recording = recording, .detect_anomaly = false});
  for (const std::uint32_t at : order_)
    if (visits_[at].passes_on) differentiate(visits_[at], Gradients(*this, at));
}

void Run::differentiate(const Visit& visit, Gradients gradients) {
  Node& node = *visit.node;
  const std::span output_gradients(&gradients_[visit.first_gradient], node.outputs().size());
  if (std::none_of(output_gradients.begin(), output_gradients.end(), [](const Variable& g) { return g.defined(); }))
    return;
  if (node.freed())
    throw Error(
        formatted("{}: its graph was freed by an earlier differentiation: pass retain = true to that one to use "
                  "the graph again, or compute the output anew",
                  node.name()));
  node.differentiate(Saved(node, create_graph_), gradients);
  if (detect_anomaly_) check_gradients(visit);
  if (!retain_) node.free_saved();
  if (!visit.asked)
    for (Variable& g : output_gradients) g = Variable();
}

void Run::check_gradients(const Visit& visit) {
  for (std::size_t e = 0; e < visit.node->edges().size(); ++e) {
    const std::uint32_t target = targets_[visit.first_edge + e];
    if (target != nowhere && gradients_[target].defined())
      check_finite(visit.node->name(), "backward", gradients_[target].value());
  }
}

std::vector<Variable> Run::inputs_gradients(std::span<const VariableRef> inputs) {
  discover();
  find_targets();
  walk(create_graph_);
  std::vector<Variable> results;
  results.reserve(inputs.size());
  for (const VariableRef& input : inputs) {
    Variable& gradient = gradient_of(*input);
    if (!gradient.defined())
      gradient = zeros_like(input->value());
    else if (!create_graph_ && !gradient.value().is_dense())
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
  walk(false);
  for (const Visit& v : visits_) {
    Variable& gradient = gradients_[v.first_gradient];
    if (!v.asked || !gradient.defined()) continue;
    // The user may scale what is collected in place, so it must be memory of its own.
    Tensor& collected = static_cast<ParameterNode&>(*v.node).gradient;
    if (!collected.defined()) {
      collected = may_be_changed(gradient.value()) ? gradient.value() : copy(gradient.value());
    } else {
      Variable total(std::move(collected));
      accumulate(total, std::move(gradient));
      collected = total.value();
    }
  }
}

// Where the gradient of a node's input is collected; null when nobody asked.
Variable* Run::target(std::uint32_t at, int input) {
  const Node& node = *visits_[at].node;
  if (static_cast<std::size_t>(input) >= node.edges().size())
    throw Error(formatted("{}: its rule speaks of input {} of {}", node.name(), input, node.edges().size()));
  const std::uint32_t target = targets_[visits_[at].first_edge + static_cast<std::uint32_t>(input)];
  return target == nowhere ? nullptr : &gradients_[target];
}

void Run::accumulate(Variable& into, Variable gradient) {
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

std::vector<Variable> twin_inputs(const Saved& saved, std::size_t count) {
  std::vector<Variable> aliases;
  aliases.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Variable input = saved.input(static_cast<int>(i));
    aliases.push_back(record("alias", {input}, input.value(), Save::nothing,
                             [](const Saved&, const Variable& grad) { return grad; }));
  }
  return aliases;
}

}  // namespace detail

bool Gradients::create_graph() const { return run_->create_graph_; }

bool Gradients::wanted(int i) const { return run_->target(visit_, i) != nullptr; }

bool Gradients::reached(int i) const {
  return run_->gradients_[run_->visits_[visit_].first_gradient + static_cast<std::uint32_t>(i)].defined();
}

const Variable& Gradients::output(int i) const {
  const auto& v = run_->visits_[visit_];
  if (static_cast<std::size_t>(i) >= v.node->outputs().size())
    throw Error(formatted("{}: its rule speaks of output {} of {}", v.node->name(), i, v.node->outputs().size()));
  Variable& gradient = run_->gradients_[v.first_gradient + static_cast<std::uint32_t>(i)];
  if (!gradient.defined()) {
    const auto& info = v.node->outputs()[static_cast<std::size_t>(i)];
    gradient = zeros(info.shape, info.dtype);
  }
  return gradient;
}

void Gradients::add(int i, Variable gradient) {
  Variable* into = run_->target(visit_, i);
  if (!into) return;
  const detail::Node& node = *run_->visits_[visit_].node;
  const auto& edge = node.edges()[static_cast<std::size_t>(i)];
  const auto& expected = edge.node->outputs()[edge.output];
  if (!gradient.defined()) throw Error(formatted("{}: the rule of input {} gave no gradient", node.name(), i));
  if (gradient.shape() != expected.shape) {
    if (gradient.shape() != node.outputs()[0].shape || !broadcasts_to(expected.shape, gradient.shape()))
      throw Error(formatted("{}: the rule of input {} gave a gradient of shape {}, but the input has shape {}",
                            node.name(), i, to_string(gradient.shape()), to_string(expected.shape)));
    gradient =
        run_->create_graph_ ? sum_to(gradient, expected.shape) : Variable(sum_to(gradient.value(), expected.shape));
  }
  if (gradient.dtype() != expected.dtype)
    throw Error(formatted("{}: the rule of input {} gave a gradient of dtype {}, but the input is {}", node.name(), i,
                          name(gradient.dtype()), name(expected.dtype)));
  run_->accumulate(*into, std::move(gradient));
}

const Tensor& Gradients::buffer(int i) {
  Variable* into = run_->target(visit_, i);
  if (!into || run_->create_graph_)
    throw Error(
        formatted("{}: buffer({}) is for a wanted input when no graph is created: ask wanted() and create_graph()",
                  run_->visits_[visit_].node->name(), i));
  if (!into->defined()) {
    const auto& edge = run_->visits_[visit_].node->edges()[static_cast<std::size_t>(i)];
    const auto& info = edge.node->outputs()[edge.output];
    *into = zeros(info.shape, info.dtype);
  } else if (!detail::may_be_changed(into->value())) {
    *into = copy(into->value());
  }
  return into->value();
}

Destination Gradients::destination(int i) {
  Variable* into = run_->target(visit_, i);
  if (!into) return {};
  const detail::Node& node = *run_->visits_[visit_].node;
  // An input passed twice has one buffer, which the kernel may fill in any order: it starts from zeros.
  bool shared = false;
  const int inputs = static_cast<int>(node.edges().size());
  for (int other = 0; other < inputs; ++other) {
    if (other == i || run_->target(visit_, other) != into) continue;
    if (handed_out_ >> other & 1u) return {into->value(), true};
    shared = true;
  }
  handed_out_ |= std::uint64_t{1} << i;
  if (shared || into->defined() || run_->create_graph_) return {buffer(i), true};
  const auto& edge = node.edges()[static_cast<std::size_t>(i)];
  const auto& info = edge.node->outputs()[edge.output];
  *into = Tensor(info.shape, info.dtype);
  return {into->value(), false};
}

void Gradients::add_through_twin(std::span<const Variable> inputs, std::span<const Variable> outputs) {
  std::vector<VariableRef> asked;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (wanted(static_cast<int>(i))) asked.push_back(inputs[i]);
  const detail::Node& node = *run_->visits_[visit_].node;
  if (outputs.size() != node.outputs().size())
    throw Error(
        formatted("{}: its twin gave {} outputs, but it has {}", node.name(), outputs.size(), node.outputs().size()));
  std::vector<VariableRef> used;
  std::vector<VariableRef> reached_gradients;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!reached(static_cast<int>(i)) || !outputs[i].requires_grad()) continue;
    used.push_back(outputs[i]);
    reached_gradients.push_back(output(static_cast<int>(i)));
  }
  const auto results = grad(used, asked, reached_gradients, {.create_graph = true});
  std::size_t next = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (wanted(static_cast<int>(i))) add(static_cast<int>(i), results[next++]);
}

std::vector<Variable> grad(std::span<const VariableRef> outputs, std::span<const VariableRef> inputs,
                           std::span<const VariableRef> output_gradients, GradOptions options) {
  if (!output_gradients.empty() && output_gradients.size() != outputs.size())
    throw Error(formatted("grad: {} outputs but {} gradients for them", outputs.size(), output_gradients.size()));
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
