// Parameters, and the gradients that they collect.
#include "glance/autograd/variable.h"

#include <fmt/format.h>

namespace glance {

namespace {

detail::ParameterNode& parameter_node(const Variable& variable, const char* operation) {
  if (!variable.given()) throw Error(fmt::format("{}: this variable is undefined: give it a value first", operation));
  if (!variable.is_parameter())
    throw Error(fmt::format(
        "{}: this variable is not a parameter: only what parameter(t) made has a gradient of its own", operation));
  return static_cast<detail::ParameterNode&>(*variable.node().get());
}

}  // namespace

const Tensor& Variable::grad() const& { return parameter_node(*this, "grad").gradient; }

void Variable::set_grad(Tensor gradient) const {
  if (gradient.defined() && (gradient.shape() != shape() || gradient.dtype() != dtype()))
    throw Error(fmt::format("set_grad: a gradient {} of shape {} does not belong to a parameter {} of shape {}",
                            name(gradient.dtype()), to_string(gradient.shape()), name(dtype()), to_string(shape())));
  parameter_node(*this, "set_grad").gradient = std::move(gradient);
}

Variable parameter(Tensor value) {
  if (!is_floating(value.dtype()))
    throw Error(fmt::format("parameter: dtype {}: only f32 and f64 have gradients; convert with to(x, f32)",
                            name(value.dtype())));
  auto* node = detail::make_node<detail::ParameterNode>({.outputs = 1});
  auto handle = detail::NodeHandle::adopt(node);
  node->set_output(0, value, false);
  node->take_number();
  return {std::move(value), std::move(handle), 0};
}

}  // namespace glance
