#pragma once

// How an operation is recorded: record() makes a value the output of a new node that holds the operation's rules.

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
#include "glance/autograd/rule.h"
#include "glance/autograd/variable.h"

namespace glance {

namespace detail {

// A rule for all inputs at once.
template <class Rule>
concept WholeRule = std::invocable<Rule&, const Saved&, Gradients&>;

template <class Rule>
inline constexpr bool is_rule_of_input = std::is_null_pointer_v<Rule> || requires(Rule& r) {
  r.pure, r.add;
}
|| std::is_invocable_r_v<Variable, Rule&, const Saved&, const Variable&>;

template <class Rule>
inline constexpr bool is_fused = false;
template <class Kernel, class Twin>
inline constexpr bool is_fused<Fused<Kernel, Twin>> = true;

// Whether the rules are as many as the inputs, or one for all of them.
template <std::size_t N, class... Rules>
inline constexpr bool rules_fit = sizeof...(Rules) == N ||
                                  (sizeof...(Rules) == 1 && ((is_fused<Rules> || WholeRule<Rules>)&&...));

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

// One rule per input, run one by one if wanted; nullptr for an input that has no derivative.
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

// Whether `Outputs` is what a twin of M outputs may return.
template <std::size_t M, class Outputs>
inline constexpr bool gives = std::convertible_to<Outputs, Variable> ? M == 1
                                                                     : std::same_as<Outputs, std::array<Variable, M>> ||
                                                                           std::same_as<Outputs, std::vector<Variable>>;

// A Fused of N inputs and M outputs.
template <std::size_t N, std::size_t M, class Kernel, class Twin>
struct FusedRule {
  Fused<Kernel, Twin> forms;
  void operator()(const Saved& saved, Gradients& gradients) {
    constexpr bool is_kernel = WholeRule<Kernel>;  // of a concept gcc 16 would say at length why it is not satisfied
    static_assert(is_kernel, "record: the kernel of a Fused is (saved, gradients), which gives nothing back");
    if constexpr (is_kernel) {
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

// One rule for all N inputs and M outputs, made of what was given to record.
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

// A node that holds a rule.
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

// Whether an operation on `inputs` is to be remembered: recording is on, and one of them has a history. Error for one
// that was moved from.
inline bool to_be_recorded(std::span<const VariableRef> inputs) {
  bool has_history = false;
  for (const auto& input : inputs) has_history |= input->given() && input->requires_grad();
  return has_history && current_modes().recording;
}

// Error when `value` holds a NaN or an infinity.
void check_finite(const char* name, const char* direction, const Tensor& value);

// Sets a new node's inputs and its number.
void set_inputs(Node& node, std::span<const VariableRef> inputs, Save save);
// Sets output i of a new node, and gives it as a Variable.
Variable set_output(NodeHandle node, std::uint32_t i, Tensor value, Save save);

// A new node on `inputs` that gives `outputs` values.
template <WholeRule Rule>
NodeHandle record_node(const char* name, std::span<const VariableRef> inputs, std::size_t outputs, Save save,
                       Rule rule) {
  const auto ins = static_cast<std::uint32_t>(inputs.size());
  const auto outs = static_cast<std::uint32_t>(outputs);
  auto node = NodeHandle::adopt(make_node<Recorded<Rule>>({.inputs = ins,
                                                           .outputs = outs,
                                                           .saved_inputs = save.input_mask ? ins : 0,
                                                           .saved_outputs = save.output_mask ? outs : 0},
                                                          name, std::move(rule)));
  set_inputs(*node.get(), inputs, save);
  return node;
}

template <WholeRule Rule>
Variable record_one(const char* name, std::span<const VariableRef> inputs, Tensor value, Save save, Rule rule) {
  if (current_modes().detect_anomaly) check_finite(name, "forward", value);
  if (!to_be_recorded(inputs)) return Variable(std::move(value));
  return set_output(record_node(name, inputs, 1, save, std::move(rule)), 0, std::move(value), save);
}

template <std::size_t M, WholeRule Rule>
std::array<Variable, M> record_several(const char* name, std::span<const VariableRef> inputs, Tensor (&values)[M],
                                       Save save, Rule rule) {
  std::array<Variable, M> result;
  if (current_modes().detect_anomaly)
    for (const auto& value : values) check_finite(name, "forward", value);
  NodeHandle node;
  if (to_be_recorded(inputs)) node = record_node(name, inputs, M, save, std::move(rule));
  for (std::uint32_t i = 0; i < M; ++i)
    result[i] = node ? set_output(node, i, std::move(values[i]), save) : Variable(std::move(values[i]));
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

// Records an operation on a list of inputs whose length is known only at run time, with one rule (saved, gradients) for
// all of them. Save all inputs or none of a list over 32.
template <detail::WholeRule Rule>
Variable record(const char* name, std::span<const Variable> inputs, Tensor value, Save save, Rule rule) {
  const std::vector<VariableRef> refs(inputs.begin(), inputs.end());
  return detail::record_one(name, refs, std::move(value), save, std::move(rule));
}

// Records an operation of several outputs, with one rule for all inputs, (saved, gradients) or a Fused:
// auto [output, hidden, cell] = record("lstm", {x, w}, {output_, hidden_, cell_}, save, rule);
template <std::size_t N, std::size_t M, class Rule>
std::array<Variable, M> record(const char* name, const VariableRef (&inputs)[N], Tensor (&&values)[M], Save save,
                               Rule rule) {
  static_assert(N <= 32 && M <= 32,
                "record: at most 32 inputs and 32 outputs, for which a node's save masks have bits");
  constexpr bool fit = detail::is_fused<Rule> || detail::WholeRule<Rule>;
  static_assert(fit, "record: several outputs want one rule, (saved, gradients) or Fused, for all inputs");
  if constexpr (fit)
    return detail::record_several(name, inputs, values, save, detail::whole_rule<N, M>(std::move(rule)));
}

}  // namespace glance
