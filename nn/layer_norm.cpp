// How layer normalisation starts: with ones and zeros, which change nothing.
#include "glance/nn/layer_norm.h"

#include "glance/autograd/normalisation.h"
#include "glance/nn/init.h"

namespace glance {

LayerNorm::LayerNorm(Index features, const LayerNormOptions& options)
    : weight(full_parameter({features}, 1, options.dtype)), epsilon(options.epsilon) {
  if (options.bias) bias = full_parameter({features}, 0, options.dtype);
}

Variable LayerNorm::operator()(const Variable& x) const { return layer_norm(x, weight, bias, epsilon); }

}  // namespace glance
