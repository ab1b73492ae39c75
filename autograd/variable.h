#pragma once

// Variable: a tensor with a history. Start reading autograd/ here.

#include <cstdint>
#include <string>
#include <utility>

#include "glance/autograd/node.h"
#include "glance/tensor/tensor.h"

namespace glance {

// A tensor with a history: its value and the operation that made it, if any parameter took part. Copying the handle
// shares both. A plain Tensor converts to a constant, a Variable without history, so that mixed expressions read
// naturally.
class Variable {
 public:
  // An undefined variable: any use but defined() and value() is an Error, as is any of one moved from.
  Variable() noexcept = default;
  // A constant: a value without history.
  Variable(Tensor value) noexcept : value_(std::move(value)) {}

  // Whether it has a value: false only of Variable() and of what was moved from.
  bool defined() const { return value_.defined(); }
  // Whether it was given as an argument that may be left out. What was moved from is an Error, not left out.
  bool given() const { return value_.given(); }
  // The numbers; an undefined Tensor when this is undefined.
  const Tensor& value() const& { return value_; }
  // The numbers of a variable about to go, which outlive it.
  Tensor value() && { return std::move(value_); }
  // The extents of the value.
  const Shape& shape() const& { return value_.shape(); }
  // The extents of a variable about to go, as a copy.
  Shape shape() && { return value_.shape(); }
  // The extent of one dimension; negative dimensions count from the end. Error when it is not there.
  Index shape(int dim) const { return value_.shape(dim); }
  // The number of dimensions.
  int rank() const { return value_.rank(); }
  // The number of elements.
  Index numel() const { return value_.numel(); }
  // The type of the elements.
  DType dtype() const { return value_.dtype(); }
  // The single element as a number. Error when there is not exactly one.
  double item() const { return value_.item(); }

  // Whether a gradient can flow through this variable: it is a parameter, or was computed from one while recording.
  bool requires_grad() const { return static_cast<bool>(node_); }
  // Whether this is a parameter, made by parameter() and not by an operation.
  bool is_parameter() const { return node_ && node_->is_parameter(); }

  // The same value without history.
  Variable detach() const { return Variable(value_); }

  // The gradient that backward() has added up in this parameter; undefined when there is none. Error unless
  // is_parameter().
  const Tensor& grad() const&;
  // The gradient of a parameter about to go, which outlives it.
  Tensor grad() const&& { return grad(); }
  // Replaces the gradient; an undefined tensor clears it. Error unless is_parameter(), and for another shape or dtype.
  void set_grad(Tensor gradient) const;

  // Adds d(this)/d(parameter) to the grad() of every parameter that this depends on. Error unless this is a scalar. The
  // graph is freed unless `retain`. For one thread; grad() of autograd/engine.h, where this is defined, is the
  // functional form.
  void backward(bool retain = false) const;

  // A value that is an output of a node, with that history. For the engine.
  Variable(Tensor value, detail::NodeHandle node, std::uint32_t output) noexcept
      : value_(std::move(value)), node_(std::move(node)), output_(output) {}
  // The node that made this value; none for a constant. For the engine and for drawing.
  const detail::NodeHandle& node() const& { return node_; }
  detail::NodeHandle node() const&& { return node_; }
  // Which of the node's outputs this value is.
  std::uint32_t output() const { return output_; }

 private:
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

// A pointer to a variable that is never null. Lists of variables are passed as lists of these, so that { x, y } copies
// nothing.
class VariableRef {
 public:
  // Refers to `variable`, which must live longer.
  VariableRef(const Variable& variable) noexcept : variable_(&variable) {}
  // Takes over a variable about to go.
  VariableRef(Variable&& variable) noexcept : own_(std::move(variable)) {}
  // The variable.
  const Variable& operator*() const noexcept { return variable_ ? *variable_ : own_; }
  const Variable* operator->() const noexcept { return &**this; }

 private:
  const Variable* variable_ = nullptr;  // null: its own
  Variable own_;
};

}  // namespace glance
