#include "glance/autograd/node.h"

#include <algorithm>
#include <new>

#include "glance/autograd/modes.h"
#include "glance/autograd/record.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/reduce.h"

namespace glance {

Modes& current_modes() noexcept {
  static thread_local constinit Modes modes;
  return modes;
}

namespace detail {

namespace {

// Counts this thread's nodes. Together with the inputs' numbers it orders every node after what it was computed from.
std::uint64_t& node_counter() noexcept {
  static thread_local constinit std::uint64_t counter = 0;
  return counter;
}

bool has_bit(std::uint32_t mask, std::uint32_t i) { return mask == ~std::uint32_t{0} || (i < 32 && (mask >> i & 1u)); }

SavedTensor keep(const Tensor& value) {
  if (!value.defined()) return {};
  return {value, value.version()};
}

}  // namespace

void Node::lay_out(const NodeLayout& layout, std::byte* trailing, std::size_t bytes) {
  bytes_ = bytes;
  layout_ = layout;
  const auto place = [&]<class T>(T*& first, std::uint32_t count) {
    first = reinterpret_cast<T*>(trailing);
    std::uninitialized_value_construct_n(first, count);
    trailing += count * sizeof(T);
  };
  place(edges_, layout.inputs);
  place(outputs_, layout.outputs);
  place(saved_inputs_, layout.saved_inputs);
  place(saved_outputs_, layout.saved_outputs);
}

void Node::free_saved() noexcept {
  if (freed_) return;
  freed_ = true;
  for (std::uint32_t i = 0; i < layout_.saved_inputs; ++i) saved_inputs_[i].value = Tensor();
  for (std::uint32_t i = 0; i < layout_.saved_outputs; ++i) saved_outputs_[i].value = Tensor();
  free_rules();
}

void Node::destroy(Node* node) noexcept {
  node->next_doomed_ = nullptr;
  for (Node* doomed = node; doomed;) {
    Node* pending = doomed->next_doomed_;
    for (std::uint32_t i = 0; i < doomed->layout_.inputs; ++i) {
      Node* input = doomed->edges_[i].node.give_up();
      if (!input) continue;
      if (input->references_.load(std::memory_order_acquire) == 1 ||
          input->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        input->next_doomed_ = pending;
        pending = input;
      }
    }
    std::destroy_n(doomed->saved_inputs_, doomed->layout_.saved_inputs);
    std::destroy_n(doomed->saved_outputs_, doomed->layout_.saved_outputs);
    const std::size_t bytes = doomed->bytes_;
    doomed->~Node();
    release_storage(doomed, bytes);
    doomed = pending;
  }
}

void Node::check_unchanged(const SavedTensor& saved, const char* what, std::uint32_t i) const {
  if (saved.value.defined() && saved.value.version() != saved.version)
    throw Error(
        formatted("{}: {} {} of shape {} was changed in place after it was saved for the backward pass: "
                  "change a copy, or differentiate first",
                  name_, what, i, to_string(saved.value.shape())));
}

Variable Node::saved_input(std::uint32_t i, bool joined) const {
  if (i >= layout_.saved_inputs)
    throw Error(formatted("{}: its rule reads input {}, which was not saved: name it in Save", name_, i));
  check_unchanged(saved_inputs_[i], "input", i);
  if (!joined) return saved_inputs_[i].value;
  return {saved_inputs_[i].value, edges_[i].node, edges_[i].output};
}

Variable Node::saved_output(std::uint32_t i, bool joined) const {
  if (i >= layout_.saved_outputs)
    throw Error(formatted("{}: its rule reads output {}, which was not saved: name it in Save", name_, i));
  check_unchanged(saved_outputs_[i], "output", i);
  if (!joined) return saved_outputs_[i].value;
  Node* self = const_cast<Node*>(this);
  retain(self);
  return {saved_outputs_[i].value, NodeHandle::adopt(self), i};
}

void NodeBuilder::connect(Node& node, std::span<const VariableRef> inputs, std::uint32_t saved) {
  std::uint64_t highest = node_counter();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    node.edges_[i] = {inputs[i]->node(), inputs[i]->output()};
    if (const Node* input = inputs[i]->node().get()) highest = std::max(highest, input->number_);
    if (has_bit(saved, static_cast<std::uint32_t>(i))) node.saved_inputs_[i] = keep(inputs[i]->value());
  }
  node.number_ = node_counter() = highest + 1;
}

Variable NodeBuilder::output(Node& node, NodeHandle handle, std::uint32_t i, Tensor value, std::uint32_t saved) {
  node.outputs_[i].shape = value.shape();
  node.outputs_[i].dtype = value.dtype();
  if (has_bit(saved, i)) node.saved_outputs_[i] = keep(value);
  return {std::move(value), std::move(handle), i};
}

void check_finite(const char* name, const char* direction, const Tensor& value) {
  if (!value.defined() || !is_floating(value.dtype()) || all(is_finite(value)).item() != 0) return;
  const Tensor nans = to(is_nan(value), i64);
  const double nan_count = sum(nans).item();
  const double bad_count = static_cast<double>(value.numel()) - sum(to(is_finite(value), i64)).item();
  throw Error(
      formatted("{}: its {} pass made {} NaN and {} infinite of the {} elements of {}: look at what goes into it", name,
                direction, nan_count, bad_count - nan_count, value.numel(), to_string(value.shape())));
}

}  // namespace detail

Variable Saved::input(int i) const { return node_->saved_input(static_cast<std::uint32_t>(i), joined_); }

Variable Saved::output(int i) const { return node_->saved_output(static_cast<std::uint32_t>(i), joined_); }

const Shape& Saved::input_shape(int i) const {
  const auto& edge = node_->edges()[static_cast<std::size_t>(i)];
  if (!edge.node) throw Error(formatted("{}: input {} is a constant, so its shape was not kept", node_->name(), i));
  return edge.node->outputs()[edge.output].shape;
}

const Shape& Saved::output_shape(int i) const { return node_->outputs()[static_cast<std::size_t>(i)].shape; }

}  // namespace glance
