// What record() does that does not depend on the rule.
#include "glance/autograd/record.h"

#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/reduce.h"

namespace glance::detail {

namespace {

bool has_bit(std::uint32_t mask, std::uint32_t i) { return mask == ~std::uint32_t{0} || (i < 32 && (mask >> i & 1u)); }

}  // namespace

void set_inputs(Node& node, std::span<const VariableRef> inputs, Save save) {
  for (std::uint32_t i = 0; i < inputs.size(); ++i)
    node.set_input(i, {inputs[i]->node(), inputs[i]->output()}, inputs[i]->value(), has_bit(save.input_mask, i));
  node.take_number();
}

Variable set_output(NodeHandle node, std::uint32_t i, Tensor value, Save save) {
  node->set_output(i, value, has_bit(save.output_mask, i));
  return {std::move(value), std::move(node), i};
}

std::vector<Variable> twin_inputs(const Saved& saved, std::size_t count) {
  std::vector<Variable> aliases;
  aliases.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Variable input = saved.input(static_cast<int>(i));
    aliases.push_back(record("alias", {input}, input.value(), Save::nothing,
                             [](const Saved&, const Variable& grad) { return grad; }));
  }
  return aliases;
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

}  // namespace glance::detail
