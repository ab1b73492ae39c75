#include "glance/autograd/variable.h"

#include "glance/autograd/node.h"
#include "glance/autograd/record.h"
#include "glance/tensor/formatted.h"

namespace glance {

namespace detail {

namespace {

ParameterNode& parameter_node(const Variable& variable, const char* operation) {
  if (!variable.is_parameter())
    throw Error(formatted("{}: this variable is not a parameter: only what parameter(t) made has a gradient of its own",
                          operation));
  return static_cast<ParameterNode&>(*variable.node().get());
}

}  // namespace

}  // namespace detail

bool Variable::is_parameter() const { return node_ && node_->is_parameter(); }

const Tensor& Variable::grad() const { return detail::parameter_node(*this, "grad").gradient; }

void Variable::set_grad(Tensor gradient) const {
  if (gradient.defined() && (gradient.shape() != shape() || gradient.dtype() != dtype()))
    throw Error(formatted("set_grad: a gradient {} of shape {} does not belong to a parameter {} of shape {}",
                          name(gradient.dtype()), to_string(gradient.shape()), name(dtype()), to_string(shape())));
  detail::parameter_node(*this, "set_grad").gradient = std::move(gradient);
}

Variable parameter(Tensor value) {
  if (!is_floating(value.dtype()))
    throw Error(formatted("parameter: dtype {}: only f32 and f64 have gradients; convert with to(x, f32)",
                          name(value.dtype())));
  auto* node = detail::make_node<detail::ParameterNode>({.outputs = 1});
  auto handle = detail::NodeHandle::adopt(node);
  detail::NodeBuilder::connect(*node, {}, 0);
  return detail::NodeBuilder::output(*node, std::move(handle), 0, std::move(value), 0);
}

}  // namespace glance
