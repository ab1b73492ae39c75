#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "glance/autograd/variable.h"

namespace glance {

class Gradients;
class Saved;

namespace detail {

// Where a gradient goes: the node that made an input, and which of its outputs the input was. Null for a constant.
struct Edge {
  NodeHandle node;
  std::uint32_t output = 0;
};

// A tensor kept for the backward pass, with the version it had, so that a change in between is noticed.
struct SavedTensor {
  Tensor value;
  std::uint32_t version = 0;
};

struct OutputInfo {
  Shape shape;
  DType dtype;
};

// How many of each trailing part a node has room for.
struct NodeLayout {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  std::uint32_t saved_inputs = 0;   // 0, or the number of inputs
  std::uint32_t saved_outputs = 0;  // 0, or the number of outputs
};

// One recorded operation, or a parameter. It lies in a single block of the storage pool: the object, then its edges,
// output shapes and saved tensors. Edges point only to what came before, so a graph never owns itself in a circle.
class Node {
 public:
  const char* name() const { return name_; }
  std::uint64_t number() const { return number_; }
  bool is_parameter() const { return parameter_; }
  bool freed() const { return freed_; }

  std::span<const Edge> edges() const { return {edges_, layout_.inputs}; }
  std::span<const OutputInfo> outputs() const { return {outputs_, layout_.outputs}; }

  // The saved input or output, joined to the graph or as a constant; Error when it was changed since, or not saved.
  Variable saved_input(std::uint32_t i, bool joined) const;
  Variable saved_output(std::uint32_t i, bool joined) const;

  // Runs the rules for the wanted inputs.
  virtual void differentiate(const Saved& saved, Gradients& gradients) = 0;

  // Destroys the rules and what they saved; the shape of the graph stays until the node goes.
  void free_saved() noexcept;

 protected:
  Node(const char* name, bool is_parameter) : name_(name), parameter_(is_parameter) {}
  virtual ~Node() = default;
  virtual void free_rules() noexcept {}

 private:
  template <class N, class... Arguments>
  friend N* make_node(const NodeLayout& layout, Arguments&&... arguments);
  friend class NodeBuilder;
  friend void retain(Node*) noexcept;
  friend void release(Node*) noexcept;

  void lay_out(const NodeLayout& layout, std::byte* trailing, std::size_t bytes);
  static void destroy(Node* node) noexcept;
  void check_unchanged(const SavedTensor& saved, const char* what, std::uint32_t i) const;

  std::atomic<std::uint32_t> references_{1};
  const char* name_;
  bool parameter_;
  bool freed_ = false;
  std::uint64_t number_ = 0;
  Node* next_doomed_ = nullptr;  // links the nodes waiting to be destroyed, so that deep graphs need no stack
  std::size_t bytes_ = 0;
  NodeLayout layout_;
  Edge* edges_ = nullptr;
  OutputInfo* outputs_ = nullptr;
  SavedTensor* saved_inputs_ = nullptr;
  SavedTensor* saved_outputs_ = nullptr;
};

inline void retain(Node* node) noexcept { node->references_.fetch_add(1, std::memory_order_relaxed); }

inline void release(Node* node) noexcept {
  // The only owner need not pay for an atomic decrement.
  if (node->references_.load(std::memory_order_acquire) == 1 ||
      node->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    Node::destroy(node);
}

constexpr std::size_t trailing_bytes(const NodeLayout& layout) {
  return layout.inputs * sizeof(Edge) + layout.outputs * sizeof(OutputInfo) +
         (layout.saved_inputs + layout.saved_outputs) * sizeof(SavedTensor);
}

// A node of class N with room for `layout`, in one block.
template <class N, class... Arguments>
N* make_node(const NodeLayout& layout, Arguments&&... arguments) {
  const std::size_t bytes = sizeof(N) + trailing_bytes(layout);
  void* block = allocate_storage(bytes);
  N* node = new (block) N(std::forward<Arguments>(arguments)...);
  node->lay_out(layout, static_cast<std::byte*>(block) + sizeof(N), bytes);
  return node;
}

// The start of a history: nothing to differentiate, and a place for the gradient that backward() adds up.
class ParameterNode final : public Node {
 public:
  ParameterNode() : Node("parameter", true) {}
  void differentiate(const Saved&, Gradients&) override {}

  Tensor gradient;
};

// Fills in a new node: edges to its inputs, its number, what it saves; and makes its outputs. Save masks are one bit an
// input or output.
class NodeBuilder {
 public:
  static void connect(Node& node, std::span<const VariableRef> inputs, std::uint32_t saved);
  static Variable output(Node& node, NodeHandle handle, std::uint32_t i, Tensor value, std::uint32_t saved);
};

}  // namespace detail

}  // namespace glance
