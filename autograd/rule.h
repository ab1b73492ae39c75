#pragma once

// What a rule, the derivative of one operation, works with: what its node keeps for it (Save), how it reads that
// (Saved), the gradients that come in and go out (Gradients), and the forms that a rule may take.

#include <cstdint>
#include <span>
#include <vector>

#include "glance/autograd/variable.h"
#include "glance/tensor/kernels/destination.h"

namespace glance {

// Which values a node keeps for its rules: one bit per input, one per output. Keep only what the derivative reads.
struct Save {
  std::uint32_t input_mask = 0;
  std::uint32_t output_mask = 0;

  static const Save nothing;  // for derivatives that read no value
  static const Save inputs;   // every input
  static const Save outputs;  // every output
  // Input i.
  static constexpr Save input(int i) { return {.input_mask = std::uint32_t{1} << i}; }
  // Output i.
  static constexpr Save output(int i) { return {.output_mask = std::uint32_t{1} << i}; }
  // What either keeps.
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
  // Of `node`; `joined` says whether values have their history. For the engine.
  Saved(const detail::Node& node, bool joined) : node_(&node), joined_(joined) {}

  // The value of input i. Error when it was not saved, or was changed in place since.
  Variable input(int i) const;
  // The value of output i. Error when it was not saved, or was changed in place since.
  Variable output(int i = 0) const;

  // The shape of input i, known even when its value was not saved. Error when it is a constant.
  const Shape& input_shape(int i) const;

 private:
  const detail::Node* node_;
  bool joined_;
};

namespace detail {

// How gradients are computed that are to be differentiated again: by operations that are recorded. Operations are built
// on rules, so the engine, which is built on both, hands these three down.
struct RecordedOperations {
  Variable (*add)(const Variable& a, const Variable& b);
  Variable (*sum_to)(const Variable& x, const Shape& shape);
  std::vector<Variable> (*grad)(std::span<const VariableRef> outputs, std::span<const VariableRef> inputs,
                                std::span<const VariableRef> output_gradients);
};

// Where a differentiation collects the gradients of one node.
struct GradientPlaces {
  Variable* collected;              // every gradient of the differentiation
  std::uint32_t first_output;       // where in `collected` those of the node's outputs start
  const std::uint32_t* inputs;      // where in `collected` that of each input is, or nowhere
  const RecordedOperations* graph;  // null unless gradients are to be differentiated again
  bool outputs_asked = false;       // somebody wants the gradients of the node's outputs, too
};

// The place of a gradient that nobody asked for.
inline constexpr std::uint32_t nowhere = ~std::uint32_t{0};

// Adds a gradient to what is collected in `into`, in place where nobody else holds that memory.
void accumulate(Variable& into, Variable gradient, const RecordedOperations* graph);

// Whether nobody else holds the memory of a gradient: x + y hands the same one to both inputs.
inline bool may_be_changed(const Tensor& gradient) { return gradient.is_sole_owner(); }

template <std::size_t N, std::size_t M, class Kernel, class Twin>
struct FusedRule;

}  // namespace detail

// The gradients of one node while it is differentiated: those of its outputs come in, those of its inputs go out.
class Gradients {
 public:
  // Those of `node`, collected at `places`. For the engine.
  Gradients(const detail::Node& node, const detail::GradientPlaces& places) : node_(&node), places_(places) {}

  // Whether the derivative is to be differentiated again: then only public differentiable operations may be used.
  bool create_graph() const { return places_.graph != nullptr; }
  // Whether anybody asked for the gradient of input i.
  bool wanted(int i) const { return target(i) != nullptr; }
  // Whether a gradient reached output i at all.
  bool reached(int i = 0) const;
  // The gradient of output i; zeros when nothing reached it.
  const Variable& output(int i = 0) const;
  // The gradient of output i as dense memory that the rule may write over: itself where nobody reads it after the rule,
  // a copy elsewhere. Not when create_graph().
  Tensor take_output(int i = 0);
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
  template <std::size_t N, std::size_t M, class Kernel, class Twin>
  friend struct detail::FusedRule;
  // Adds the gradients of all inputs: those of a twin's outputs with respect to its inputs.
  void add_through_twin(std::span<const Variable> inputs, std::span<const Variable> outputs);

  // Where the gradient of input i is collected; null when nobody asked.
  Variable* target(int i) const {
    if (static_cast<std::size_t>(i) >= node_->edges().size()) throw_no_input(i);
    const std::uint32_t place = places_.inputs[i];
    return place == detail::nowhere ? nullptr : places_.collected + place;
  }
  [[noreturn]] void throw_no_input(int i) const;
  Variable& collected_output(int i) const;
  const detail::OutputInfo& input_info(int i) const;

  const detail::Node* node_;
  detail::GradientPlaces places_;
  std::uint64_t handed_out_ = 0;  // one bit per input whose destination a kernel holds
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
// takes one `const Variable&` per input of record, in order, and returns a Variable, or the outputs in order as a
// std::array or a std::vector. All inputs must be saved.
template <class Kernel, class Twin>
struct Fused {
  Kernel kernel;
  Twin twin;
};
// Deduces both from the functions it is made of.
template <class Kernel, class Twin>
Fused(Kernel, Twin) -> Fused<Kernel, Twin>;

}  // namespace glance
