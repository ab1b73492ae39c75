// Norm, variance and standard deviation, with derivatives of every order that are free of NaN at 0.
#include "glance/autograd/statistics.h"

#include <cmath>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/statistics.h"

namespace glance {

// y = √Σx²,  dy/dx = x/y, and 0 where y is 0. There the divisor is replaced, so that higher derivatives are free of
// NaN.
Variable norm(const Variable& x, const Axes& axes, bool keepdim) {
  return record("norm", {x}, norm(x.value(), axes, keepdim), Save::inputs | Save::outputs,
                [axes](const Saved& s, const Variable& grad) {
                  const Variable in = s.input(0);
                  const Tensor zero = equal(s.output().value(), 0);
                  const Variable share = masked_fill(grad / masked_fill(s.output(), zero, 1), zero, 0);
                  const auto reduced = resolve_axes("norm", axes, in.shape());
                  return in * reshape(share, reduced_shape(in.shape(), reduced, true));
                });
}

// y = x - mean x is linear and symmetric:  dL/dx = dL/dy - mean dL/dy
Variable deviations(const Variable& x, const Axes& axes) {
  return record("deviations", {x}, deviations(x.value(), axes), Save::nothing,
                [axes](const Saved&, const Variable& grad) { return deviations(grad, axes); });
}

Variable var(const Variable& x, const Axes& axes, bool keepdim, double correction) {
  const double divisor = degrees_of_freedom("var", x.shape(), axes, correction);
  return sum(square(deviations(x, axes)), axes, keepdim) / divisor;
}

Variable standard_deviation(const Variable& x, const Axes& axes, bool keepdim, double correction) {
  const double divisor = degrees_of_freedom("standard_deviation", x.shape(), axes, correction);
  return norm(deviations(x, axes), axes, keepdim) / std::sqrt(divisor);
}

}  // namespace glance
