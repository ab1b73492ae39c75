// Layer normalisation as its formula in public operations, and the recording of the kernel.
#include "glance/autograd/normalisation.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/kernels/layer_norm.h"
#include "glance/tensor/view.h"

namespace glance {

Variable composed_layer_norm(const Variable& x, const Variable& weight, const Variable& bias, double epsilon) {
  // The first element is a constant here, which the mean takes off again: without it, numbers far from zero would lose
  // their digits.
  const Variable shifted = x - slice(x.value(), -1, 0, 1);
  const Variable centred = shifted - mean(shifted, -1, true);
  const Variable variance = mean(square(centred), -1, true);
  Variable y = centred / sqrt(variance + epsilon);
  if (weight.given()) y = y * weight;
  if (bias.given()) y = y + bias;
  return y;
}

Variable layer_norm(const Variable& x, const Variable& weight, const Variable& bias, double epsilon) {
  const LayerNormResult result = layer_norm_forward({x.value(), weight.value(), bias.value(), epsilon});
  const auto backward = [epsilon, mean = result.mean, inverse_deviation = result.inverse_deviation](const Saved& s,
                                                                                                    Gradients& g) {
    layer_norm_backward({s.input(0).value(), s.input(1).value(), s.input(2).value(), epsilon}, mean, inverse_deviation,
                        g.output().value(), {g.destination(0), g.destination(1), g.destination(2)});
  };
  return record("layer_norm", {x, weight, bias}, result.output, Save::inputs,
                Fused{backward, [epsilon](const Variable& x_, const Variable& weight_, const Variable& bias_) {
                        return composed_layer_norm(x_, weight_, bias_, epsilon);
                      }});
}

}  // namespace glance
