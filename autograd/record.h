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
template <std::size_t N, std::size_t M, class Kernel, class Twin>
struct FusedRule;
}  // namespace detail

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
  template <std::size_t N, std::size_t M, class Kernel, class Twin>
  friend struct detail::FusedRule;
  // Adds the gradients of all inputs: those of the twin's outputs with respect to its inputs.
  void add_through_twin(std::span<const Variable> inputs, std::span<const Variable> outputs);

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

// A rule for all inputs in two forms. `kernel(saved, gradients)` gives first derivatives by hand. `twin(inputs…)` is
// the operation once more, in public differentiable operations: derivatives of higher order go through it. The twin
// takes a `const Variable&` per input of record, in order, and returns a Variable, or the outputs in order as a
// std::array or a std::vector. All inputs must be saved.
template <class Kernel, class Twin>
struct Fused {
  Kernel kernel;
  Twin twin;
};
// Deduces both from the functions it is made of.
template <class Kernel, class Twin>
Fused(Kernel, Twin) -> Fused<Kernel, Twin>;

namespace detail {

template <class Rule>
concept WholeRule = std::invocable<Rule&, const Saved&, Gradients&>;

template <class Rule>
inline constexpr bool is_rule_of_input = std::is_null_pointer_v<Rule> || requires(Rule& r) {
  r.pure, r.add;
}
|| std::is_invocable_r_v<Variable, Rule&, const Saved&, const Variable&>;

template <class Rule>
void apply_rule(Rule& rule, const Saved& saved, Gradients& gradients, int i) {
  static_assert(is_rule_of_input<Rule>,
                "record: the rule of an input is (saved, grad) -> Variable, an InPlaceRule or nullptr");
  if constexpr (is_rule_of_input<Rule> && !std::is_null_pointer_v<Rule>) {
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

// The inputs of a node for its twin, each as the output of a node of its own, so that an input that is passed twice, or
// that depends on another, counts once.
std::vector<Variable> twin_inputs(const Saved& saved, std::size_t count);

inline std::array<Variable, 1> as_outputs(Variable output) { return {std::move(output)}; }
template <std::size_t M>
std::array<Variable, M> as_outputs(std::array<Variable, M> outputs) {
  return outputs;
}
inline std::vector<Variable> as_outputs(std::vector<Variable> outputs) { return outputs; }

template <std::size_t M, class Outputs>
inline constexpr bool gives = std::convertible_to<Outputs, Variable> ? M == 1
                                                                     : std::same_as<Outputs, std::array<Variable, M>> ||
                                                                           std::same_as<Outputs, std::vector<Variable>>;

// A Fused of N inputs and M outputs.
template <std::size_t N, std::size_t M, class Kernel, class Twin>
struct FusedRule {
  Fused<Kernel, Twin> forms;
  void operator()(const Saved& saved, Gradients& gradients) {
    static_assert(WholeRule<Kernel>, "record: the kernel of a Fused is (saved, gradients), which gives nothing back");
    if constexpr (WholeRule<Kernel>) {
      if (gradients.create_graph())
        run_twin(saved, gradients, std::make_index_sequence<N>());
      else
        forms.kernel(saved, gradients);
    }
  }

 private:
  template <std::size_t... I>
  void run_twin(const Saved& saved, Gradients& gradients, std::index_sequence<I...>) {
    constexpr bool takes_inputs = std::is_invocable_v<Twin&, decltype((void)I, std::declval<const Variable&>())...>;
    static_assert(takes_inputs,
                  "record: the twin of a Fused takes one `const Variable&` per input of record, in order");
    if constexpr (takes_inputs) {
      const std::vector<Variable> inputs = twin_inputs(saved, N);
      constexpr bool gives_outputs = gives<M, decltype(forms.twin(inputs[I]...))>;
      static_assert(gives_outputs,
                    "record: the twin of a Fused returns one Variable per output: itself, or in an array or vector");
      if constexpr (gives_outputs) gradients.add_through_twin(inputs, as_outputs(forms.twin(inputs[I]...)));
    }
  }
};

template <class Rule>
inline constexpr bool is_fused = false;
template <class Kernel, class Twin>
inline constexpr bool is_fused<Fused<Kernel, Twin>> = true;

// One rule for all N inputs and M outputs from what was given to record: for all at once, or one per input.
template <std::size_t N, std::size_t M, class Rule>
auto whole_rule(Rule rule) {
  if constexpr (is_fused<Rule>)
    return FusedRule<N, M, decltype(rule.kernel), decltype(rule.twin)>{std::move(rule)};
  else if constexpr (WholeRule<Rule>)
    return rule;
  else
    return EachInput<Rule>{std::tuple<Rule>(std::move(rule))};
}
template <std::size_t N, std::size_t M, class... Rules>
requires(sizeof...(Rules) > 1) auto whole_rule(Rules... rules) {
  return EachInput<Rules...>{std::tuple<Rules...>(std::move(rules)...)};
}

// Whether the rules are as many as the inputs, or one for all.
template <std::size_t N, class... Rules>
inline constexpr bool rules_fit = sizeof...(Rules) == N ||
                                  (sizeof...(Rules) == 1 && ((is_fused<Rules> || WholeRule<Rules>)&&...));

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

template <std::size_t N, std::size_t M, WholeRule Rule>
std::array<Variable, M> record_several(const char* name, const VariableRef (&inputs)[N], Tensor (&&values)[M],
                                       Save save, Rule rule) {
  std::array<Variable, M> result;
  if (current_modes().detect_anomaly)
    for (const auto& value : values) check_finite(name, "forward", value);
  if (!to_be_recorded(inputs)) {
    for (std::size_t i = 0; i < M; ++i) result[i] = Variable(std::move(values[i]));
    return result;
  }
  auto* node = make_node<Recorded<Rule>>({.inputs = N,
                                          .outputs = M,
                                          .saved_inputs = save.input_mask ? std::uint32_t{N} : 0u,
                                          .saved_outputs = save.output_mask ? std::uint32_t{M} : 0u},
                                         name, std::move(rule));
  const auto handle = NodeHandle::adopt(node);
  NodeBuilder::connect(*node, inputs, save.input_mask);
  for (std::size_t i = 0; i < M; ++i)
    result[i] =
        NodeBuilder::output(*node, handle, static_cast<std::uint32_t>(i), std::move(values[i]), save.output_mask);
  return result;
}

}  // namespace detail

// Makes `value` the output of a new operation on `inputs`: remembers it in the graph when an input has a history and
// recording is on, and gives a constant otherwise. `name` must be a literal. Either one rule per input, in order:
// (saved, grad) -> the input's gradient in public differentiable operations, an InPlaceRule, or nullptr for an input
// without a derivative. Or one rule for all inputs: (saved, gradients), which reads gradients.output() and calls
// gradients.add(i, …), or a Fused. Rules run only if wanted, once, and are then destroyed. They may capture Tensors and
// plain values, never Variables: those are inputs.
template <std::size_t N, class... Rules>
Variable record(const char* name, const VariableRef (&inputs)[N], Tensor value, Save save, Rules... rules) {
  constexpr bool fit = detail::rules_fit<N, Rules...>;
  static_assert(fit, "record: wanted one rule per input, or one (saved, gradients) or Fused for all of them");
  if constexpr (fit)
    return detail::record_one(name, inputs, std::move(value), save, detail::whole_rule<N, 1>(std::move(rules)...));
}

// The same for a list of inputs whose length is known only at run time. Save all inputs or none of a list over 32.
template <detail::WholeRule Rule>
Variable record(const char* name, std::span<const Variable> inputs, Tensor value, Save save, Rule rule) {
  const std::vector<VariableRef> refs(inputs.begin(), inputs.end());
  return detail::record_one(name, refs, std::move(value), save, std::move(rule));
}

// The same for several outputs, with a rule for all inputs: auto [output, hidden, cell] = record("lstm", {x, w},
// {output_, hidden_, cell_}, save, rule);
template <std::size_t N, std::size_t M, class Rule>
std::array<Variable, M> record(const char* name, const VariableRef (&inputs)[N], Tensor (&&values)[M], Save save,
                               Rule rule) {
  static_assert(N <= 32 && M <= 32,
                "record: at most 32 inputs and 32 outputs, for which a node's save masks have bits");
  constexpr bool fit = detail::is_fused<Rule> || detail::WholeRule<Rule>;
  static_assert(fit, "record: several outputs want one rule, (saved, gradients) or Fused, for all inputs");
  if constexpr (fit)
    return detail::record_several(name, inputs, std::move(values), save, detail::whole_rule<N, M>(std::move(rule)));
}

}  // namespace glance
