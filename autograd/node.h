#pragma once

// The recorded graph: a node for each operation and each parameter, and the handles that keep nodes alive.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "glance/tensor/tensor.h"

namespace glance {

class Gradients;
class Saved;

namespace detail {

class Node;
void retain(Node* node) noexcept;
void release(Node* node) noexcept;

// An owning pointer to a node of the recorded graph.
class NodeHandle {
 public:
  // A handle on no node.
  NodeHandle() noexcept = default;
  // A handle that takes over the reference a new node starts with.
  static NodeHandle adopt(Node* node) noexcept {
    NodeHandle handle;
    handle.node_ = node;
    return handle;
  }
  NodeHandle(const NodeHandle& other) noexcept : node_(other.node_) {
    if (node_) retain(node_);
  }
  NodeHandle(NodeHandle&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodeHandle& operator=(NodeHandle other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~NodeHandle() {
    if (node_) release(node_);
  }

  // The node, or null.
  Node* get() const noexcept { return node_; }
  Node* operator->() const noexcept { return node_; }
  // Whether there is a node.
  explicit operator bool() const noexcept { return node_ != nullptr; }
  // The node with the reference to it, which the caller must now give back.
  Node* give_up() noexcept { return std::exchange(node_, nullptr); }

 private:
  Node* node_ = nullptr;
};

// Where the gradient of an input goes: to the node that made the input, and to which of its outputs. No node for a
// constant.
struct Edge {
  NodeHandle node;
  std::uint32_t output = 0;
};

// A tensor kept for the backward pass, with the version it had, so that a change in between is noticed.
struct SavedTensor {
  Tensor value;
  std::uint32_t version = 0;
};

// What stays known of an output when its value is gone.
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
  // The name of the operation.
  const char* name() const { return name_; }
  // Its place in the order in which nodes are made: higher than that of every node it was computed from.
  std::uint64_t number() const { return number_; }
  // Whether it is a ParameterNode.
  bool is_parameter() const { return parameter_; }
  // Whether its rules, and what they saved, are destroyed.
  bool freed() const { return freed_; }

  // One edge per input.
  std::span<const Edge> edges() const { return {edges_, layout_.inputs}; }
  // What is known of each output.
  std::span<const OutputInfo> outputs() const { return {outputs_, layout_.outputs}; }

  // The saved value of input i. Error when it was not saved, or was changed in place since.
  const Tensor& saved_input(std::uint32_t i) const;
  // The saved value of output i. Error when it was not saved, or was changed in place since.
  const Tensor& saved_output(std::uint32_t i) const;

  // Fills in a new node: one input, whose value is kept if `save`.
  void set_input(std::uint32_t i, Edge from, const Tensor& value, bool save) {
    edges_[i] = std::move(from);
    if (save && value.defined()) saved_inputs_[i] = {value, value.version()};
  }
  // Fills in a new node: one output, whose value is kept if `save`.
  void set_output(std::uint32_t i, const Tensor& value, bool save) {
    outputs_[i] = {value.shape(), value.dtype()};
    if (save) saved_outputs_[i] = {value, value.version()};
  }
  // Fills in a new node: its number, once all inputs are set.
  void take_number() noexcept;

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
  friend void retain(Node*) noexcept;
  friend void release(Node*) noexcept;

  void lay_out(const NodeLayout& layout, std::byte* trailing, std::size_t bytes);
  static void destroy(Node* node) noexcept;
  const Tensor& saved(const SavedTensor* from, std::uint32_t count, const char* what, std::uint32_t i) const;

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

// Counts one more handle on a node.
inline void retain(Node* node) noexcept { node->references_.fetch_add(1, std::memory_order_relaxed); }

// Counts one handle less, and destroys the node with the last.
inline void release(Node* node) noexcept {
  // The only owner need not pay for an atomic decrement.
  if (node->references_.load(std::memory_order_acquire) == 1 ||
      node->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    Node::destroy(node);
}

// The bytes that lie behind the object of a node.
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

  Tensor gradient;  // undefined until a backward() reaches it
};

}  // namespace detail

}  // namespace glance
