#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "glance/autograd/modes.h"
#include "glance/autograd/node.h"
#include "glance/autograd/variable.h"
#include "glance/tensor/kernels/destination.h"

namespace glance {

// Which values a node keeps for its rules: a bit an input, a bit an output. Keep only what the derivative reads.
struct Save {
  std::uint32_t input_mask = 0;
  std::uint32_t output_mask = 0;

  // Nothing, all inputs, all outputs, or the one of this number; a | b keeps both.
  static const Save nothing;
  static const Save inputs;
  static const Save outputs;
  static constexpr Save input(int i) { return {.input_mask = std::uint32_t{1} << i}; }
  static constexpr Save output(int i) { return {.output_mask = std::uint32_t{1} << i}; }
  friend constexpr Save operator|(Save a, Save b) {
    return {.input_mask = a.input_mask | b.input_mask, .output_mask = a.output_mask | b.output_mask};
  }
};
inline constexpr Save Save::nothing{};
inline constexpr Save Save::inputs{.input_mask = ~std::uint32_t{0}};
inline constexpr Save Save::outputs{.output_mask = ~std::uint32_t{0}};

// What a rule may read of its node. Values come as Variables: joined to the graph when the derivative is itself to be
// differentiated, constants otherwise.
class Saved {
 public:
  Saved(const detail::Node& node, bool joined) : node_(&node), joined_(joined) {}

  // Error when it was not saved, or was changed in place since.
  Variable input(int i) const;
  Variable output(int i = 0) const;

  // The shape of an input whose gradient is wanted (Error for a constant) or of an output; known even when it was not
  // saved.
  const Shape& input_shape(int i) const;
  const Shape& output_shape(int i = 0) const;

 private:
  const detail::Node* node_;
  bool joined_;
};

namespace detail {
class Run;
}

// The gradients of one node while it is differentiated: those of its outputs come in, those of its inputs go out.
class Gradients {
 public:
  // Whether the derivative is to be differentiated again: then only public differentiable operations may be used.
  bool create_graph() const;
  // Whether anybody asked for the gradient of input i.
  bool wanted(int i) const;
  // Whether a gradient reached output i at all.
  bool reached(int i = 0) const;
  // The gradient of output i; zeros when nothing reached it.
  const Variable& output(int i = 0) const;
  // Adds to the gradient of input i, if it is wanted. A gradient of the output's shape is summed over the axes that the
  // forward pass broadcast; any other shape is an Error that names the operation.
  void add(int i, Variable gradient);
  // The gradient of input i so far as dense memory of its shape, to be added into; zeros at first. Only when wanted,
  // and not when create_graph().
  const Tensor& buffer(int i);
  // Where a kernel puts the gradient of input i: nowhere when it is not wanted, over fresh memory, or added to what is
  // there. The kernel must then write it. Not when create_graph().
  Destination destination(int i);

 private:
  friend class detail::Run;
  Gradients(detail::Run& run, std::uint32_t visit) : run_(&run), visit_(visit) {}
  detail::Run* run_;
  std::uint32_t visit_;
  std::uint64_t handed_out_ = 0;  // a bit for each input whose destination a kernel holds
};

// A rule for one input with a second form for first derivatives: `pure(saved, grad)` returns the gradient; `add(saved,
// grad, buffer)` adds it straight into a dense Tensor. The second saves a full-size gradient for each slice of one
// tensor.
template <class Pure, class Add>
struct InPlaceRule {
  Pure pure;
  Add add;
};
// Deduces both from the rules it is made of.
template <class Pure, class Add>
InPlaceRule(Pure, Add) -> InPlaceRule<Pure, Add>;

namespace detail {

template <class Rule>
concept WholeRule = std::invocable<Rule&, const Saved&, Gradients&>;

template <class Rule>
void apply_rule(Rule& rule, const Saved& saved, Gradients& gradients, int i) {
  if constexpr (!std::is_null_pointer_v<Rule>) {
    if (!gradients.wanted(i)) return;
    if constexpr (requires { rule.pure; }) {
      if (gradients.create_graph())
        gradients.add(i, rule.pure(saved, gradients.output()));
      else
        rule.add(saved, gradients.output().value(), gradients.buffer(i));
    } else {
      gradients.add(i, rule(saved, gradients.output()));
    }
  }
}

// A rule for each input, run one by one if wanted; nullptr for an input that has no derivative.
template <class... Rules>
struct EachInput {
  std::tuple<Rules...> rules;
  void operator()(const Saved& saved, Gradients& gradients) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (apply_rule(std::get<I>(rules), saved, gradients, static_cast<int>(I)), ...);
    }
    (std::index_sequence_for<Rules...>{});
  }
};

template <WholeRule Rule>
class Recorded final : public Node {
 public:
  Recorded(const char* name, Rule rule) : Node(name, false), rule_(std::move(rule)) {}
  void differentiate(const Saved& saved, Gradients& gradients) override { (*rule_)(saved, gradients); }

 protected:
  void free_rules() noexcept override { rule_.reset(); }

 private:
  std::optional<Rule> rule_;
};

inline bool to_be_recorded(std::span<const VariableRef> inputs) {
  if (!current_modes().recording) return false;
  for (const auto& input : inputs)
    if (input->requires_grad()) return true;
  return false;
}

// Error when `value` holds a NaN or an infinity.
void check_finite(const char* name, const char* direction, const Tensor& value);

template <WholeRule Rule>
Variable record_one(const char* name, std::span<const VariableRef> inputs, Tensor value, Save save, Rule rule) {
  if (current_modes().detect_anomaly) check_finite(name, "forward", value);
  if (!to_be_recorded(inputs)) return Variable(std::move(value));
  const auto count = static_cast<std::uint32_t>(inputs.size());
  auto* node = make_node<Recorded<Rule>>({.inputs = count,
                                          .outputs = 1,
                                          .saved_inputs = save.input_mask ? count : 0,
                                          .saved_outputs = save.output_mask ? 1u : 0u},
                                         name, std::move(rule));
  auto handle = NodeHandle::adopt(node);
  NodeBuilder::connect(*node, inputs, save.input_mask);
  return NodeBuilder::output(*node, std::move(handle), 0, std::move(value), save.output_mask);
}

}  // namespace detail

// Makes `value` the output of a new operation on `inputs`: remembers it in the graph when an input has a history and
// recording is on, and gives a constant otherwise. `name` must be a literal. One rule an input, in order: (saved, grad)
// -> the input's gradient in public differentiable operations, an InPlaceRule, or nullptr for an input without a
// derivative. Rules run only if wanted, once, and are then destroyed. They may capture Tensors and plain values, never
// Variables: those are inputs.
template <std::size_t N, class... Rules>
requires(sizeof...(Rules) == N && !(N == 1 && (detail::WholeRule<Rules> && ...))) Variable
    record(const char* name, const VariableRef (&inputs)[N], Tensor value, Save save, Rules... rules) {
  return detail::record_one(name, inputs, std::move(value), save,
                            detail::EachInput<Rules...>{std::tuple<Rules...>(std::move(rules)...)});
}

// The same with one rule for all inputs: (saved, gradients), which reads gradients.output() and calls gradients.add(i,
// …) or writes gradients.buffer(i). For fused operations.
template <std::size_t N, detail::WholeRule Rule>
Variable record(const char* name, const VariableRef (&inputs)[N], Tensor value, Save save, Rule rule) {
  return detail::record_one(name, inputs, std::move(value), save, std::move(rule));
}

// The same for a list of inputs whose length is known only at run time. Save all inputs or none of a list over 32.
template <detail::WholeRule Rule>
Variable record(const char* name, std::span<const Variable> inputs, Tensor value, Save save, Rule rule) {
  const std::vector<VariableRef> refs(inputs.begin(), inputs.end());
  return detail::record_one(name, refs, std::move(value), save, std::move(rule));
}

// The same for several outputs: auto [output, hidden, cell] = record("lstm", {x, w}, {output_, hidden_, cell_}, save,
// rule);
template <std::size_t N, std::size_t M, detail::WholeRule Rule>
std::array<Variable, M> record(const char* name, const VariableRef (&inputs)[N], Tensor (&&values)[M], Save save,
                               Rule rule) {
  static_assert(N <= 32 && M <= 32, "a node's save masks have 32 bits");
  std::array<Variable, M> result;
  if (current_modes().detect_anomaly)
    for (const auto& value : values) detail::check_finite(name, "forward", value);
  if (!detail::to_be_recorded(inputs)) {
    for (std::size_t i = 0; i < M; ++i) result[i] = Variable(std::move(values[i]));
    return result;
  }
  auto* node = detail::make_node<detail::Recorded<Rule>>({.inputs = N,
                                                          .outputs = M,
                                                          .saved_inputs = save.input_mask ? std::uint32_t{N} : 0u,
                                                          .saved_outputs = save.output_mask ? std::uint32_t{M} : 0u},
                                                         name, std::move(rule));
  const auto handle = detail::NodeHandle::adopt(node);
  detail::NodeBuilder::connect(*node, inputs, save.input_mask);
  for (std::size_t i = 0; i < M; ++i)
    result[i] = detail::NodeBuilder::output(*node, handle, static_cast<std::uint32_t>(i), std::move(values[i]),
                                            save.output_mask);
  return result;
}

}  // namespace glance
