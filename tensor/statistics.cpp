// Norm, variance and standard deviation, summed in double so that they neither overflow nor lose their digits.
#include "glance/tensor/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace glance {

Tensor norm(const Tensor& x, const Axes& axes, bool keepdim) {
  if (!is_floating(x.dtype())) throw_not_floating("norm", x.dtype());
  resolve_axes("norm", axes, x.shape());
  // The square of any float is a double with digits to spare.
  if (x.dtype() == f32) return to(sqrt(sum(square(to(x, f64)), axes, keepdim)), f32);
  const Tensor plain = sqrt(sum(square(x), axes, keepdim));
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Tensor out_of_range = logical_or(equal(plain, infinity), less(plain, 1e-140));
  if (x.numel() == 0 || any(out_of_range).item() == 0) return plain;
  const Tensor largest = max(abs(x), axes, true);
  const Tensor scale = where(logical_and(is_finite(largest), greater(largest, 0)), largest, 1);
  const Tensor scaled = sqrt(sum(square(x / scale), axes, keepdim));
  return where(out_of_range, scaled * reshape(scale, scaled.shape()), plain);
}

Tensor deviations(const Tensor& x, const Axes& axes) {
  if (!is_floating(x.dtype())) throw_not_floating("deviations", x.dtype());
  const auto reduced = resolve_axes("deviations", axes, x.shape());
  Tensor first = x;
  for (int d = 0; d < x.rank(); ++d)
    if (reduced[static_cast<std::size_t>(d)]) first = slice(first, d, 0, 1);
  const Tensor distances = x - first;
  return distances - mean(distances, axes, true);
}

double degrees_of_freedom(const char* operation, const Shape& shape, const Axes& axes, double correction) {
  const auto reduced = resolve_axes(operation, axes, shape);
  double count = 1;
  for (int d = 0; d < shape.rank(); ++d)
    if (reduced[static_cast<std::size_t>(d)]) count *= static_cast<double>(shape[d]);
  return std::max(0.0, count - correction);
}

Tensor var(const Tensor& x, const Axes& axes, bool keepdim, double correction) {
  if (!is_floating(x.dtype())) throw_not_floating("var", x.dtype());
  const double divisor = degrees_of_freedom("var", x.shape(), axes, correction);
  return sum(square(deviations(x, axes)), axes, keepdim) / divisor;
}

Tensor standard_deviation(const Tensor& x, const Axes& axes, bool keepdim, double correction) {
  if (!is_floating(x.dtype())) throw_not_floating("standard_deviation", x.dtype());
  const double divisor = degrees_of_freedom("standard_deviation", x.shape(), axes, correction);
  return norm(deviations(x, axes), axes, keepdim) / std::sqrt(divisor);
}

}  // namespace glance
