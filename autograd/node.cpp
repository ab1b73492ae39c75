// How a node is laid out in its block, what it saved, and how a graph is destroyed.
#include "glance/autograd/node.h"
#include "glance/tensor/formatted.h"

#include <algorithm>
#include <memory>

namespace glance::detail {

namespace {

// Counts this thread's nodes. Together with the inputs' numbers it orders every node after what it was computed from.
std::uint64_t& node_counter() noexcept {
  static thread_local constinit std::uint64_t counter = 0;
  return counter;
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

void Node::take_number() noexcept {
  std::uint64_t highest = node_counter();
  for (const Edge& edge : edges())
    if (edge.node) highest = std::max(highest, edge.node->number_);
  number_ = node_counter() = highest + 1;
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

const Tensor& Node::saved(const SavedTensor* from, std::uint32_t count, const char* what, std::uint32_t i) const {
  if (i >= count)
    throw Error(formatted("{}: its rule reads {} {}, which was not saved: name it in Save", name_, what, i));
  const auto& [value, version] = from[i];
  if (value.defined() && value.version() != version)
    throw Error(
        formatted("{}: {} {} of shape {} was changed in place after it was saved for the backward pass: "
                  "change a copy, or differentiate first",
                  name_, what, i, to_string(value.shape())));
  return value;
}

const Tensor& Node::saved_input(std::uint32_t i) const {
  return saved(saved_inputs_, layout_.saved_inputs, "input", i);
}

const Tensor& Node::saved_output(std::uint32_t i) const {
  return saved(saved_outputs_, layout_.saved_outputs, "output", i);
}

}  // namespace glance::detail
