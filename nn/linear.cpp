// How a linear layer starts, and its product.
#include "glance/nn/linear.h"

#include <cmath>

#include "glance/autograd/products.h"
#include "glance/nn/init.h"

namespace glance {

Linear::Linear(Index in, Index out, Generator& generator, const LinearOptions& options) {
  const double bound = in > 0 ? 1 / std::sqrt(static_cast<double>(in)) : 0;
  weight = uniform_parameter({out, in}, bound, generator, options.dtype);
  if (options.bias) bias = uniform_parameter({out}, bound, generator, options.dtype);
}

Variable Linear::operator()(const Variable& x) const { return linear(x, weight, bias); }

}  // namespace glance
