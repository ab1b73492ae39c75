#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "glance/tensor/tensor.h"

namespace glance {

namespace detail {

class Node;
class NodeBuilder;
void retain(Node* node) noexcept;
void release(Node* node) noexcept;

// An owning pointer to a node of the recorded graph.
class NodeHandle {
 public:
  NodeHandle() noexcept = default;
  // Takes over the reference that a new node starts with.
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

  Node* get() const noexcept { return node_; }
  Node* operator->() const noexcept { return node_; }
  explicit operator bool() const noexcept { return node_ != nullptr; }
  Node* give_up() noexcept { return std::exchange(node_, nullptr); }

 private:
  Node* node_ = nullptr;
};

}  // namespace detail

// A tensor with a history: its value and the operation that made it, if any parameter took part. Copying the handle
// shares both. A plain Tensor converts to a constant, a Variable without history, so that mixed expressions read
// naturally.
class Variable {
 public:
  // An undefined variable: any use but defined() is an Error.
  Variable() noexcept = default;
  Variable(Tensor value) noexcept : value_(std::move(value)) {}

  // The value, and what a Tensor says of its own. Error when undefined, but for defined() and value().
  bool defined() const { return value_.defined(); }
  const Tensor& value() const& { return value_; }
  Tensor value() && { return std::move(value_); }  // that of a variable about to go outlives it
  const Shape& shape() const& { return value_.shape(); }
  Shape shape() && { return value_.shape(); }  // a copy, as of a Tensor about to go
  Index shape(int dim) const { return value_.shape(dim); }
  int rank() const { return value_.rank(); }
  Index numel() const { return value_.numel(); }
  DType dtype() const { return value_.dtype(); }
  double item() const { return value_.item(); }

  // Whether a gradient can flow through this variable: it is a parameter, or was computed from one while recording.
  bool requires_grad() const { return static_cast<bool>(node_); }
  // Whether this is a parameter, made by parameter() and not by an operation.
  bool is_parameter() const;

  // The same value without history.
  Variable detach() const { return Variable(value_); }

  // The gradient that backward() has added up in this parameter; undefined when there is none. Error unless
  // is_parameter().
  const Tensor& grad() const;
  // Replaces the gradient; an undefined tensor clears it. Error unless is_parameter(), and for another shape or dtype.
  void set_grad(Tensor gradient) const;

  // Adds d(this)/d(parameter) into the grad() of every parameter this depends on. Error unless this is a scalar. The
  // graph is freed unless `retain`. For one thread; grad() of autograd/engine.h is the functional form.
  void backward(bool retain = false) const;

  // The node that made this value and which of its outputs it is; null for a constant. For the engine and for drawing.
  const detail::NodeHandle& node() const { return node_; }
  std::uint32_t output() const { return output_; }

 private:
  friend class detail::Node;
  friend class detail::NodeBuilder;
  Variable(Tensor value, detail::NodeHandle node, std::uint32_t output)
      : value_(std::move(value)), node_(std::move(node)), output_(output) {}

  Tensor value_;
  detail::NodeHandle node_;
  std::uint32_t output_ = 0;
};

// A value that can be trained: the start of a history. It shares `value`'s elements. Error unless f32 or f64.
Variable parameter(Tensor value);

// A variable and what it is called: "encoder.weight_ih_l0".
struct NamedVariable {
  std::string name;
  Variable variable;
};

// How lists of variables are passed without copying them: { x, y } binds by reference for the length of the call. A
// pointer that is never null.
class VariableRef {
 public:
  VariableRef(const Variable& variable) noexcept : variable_(&variable) {}
  // The variable.
  const Variable& operator*() const noexcept { return *variable_; }
  const Variable* operator->() const noexcept { return variable_; }

 private:
  const Variable* variable_;
};

}  // namespace glance

// Here retain() and release() are defined, inline: a handle counts on every copy.
#include "glance/autograd/node.h"
