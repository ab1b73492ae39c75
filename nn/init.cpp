// First values of parameters, drawn from a generator.
#include "glance/nn/init.h"

#include <algorithm>
#include <cmath>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

void check_matrix(const char* operation, const Shape& shape) {
  if (shape.rank() != 2) throw Error(formatted("{}: shape {}: wanted a weight [out, in]", operation, to_string(shape)));
}

}  // namespace

Variable uniform_parameter(const Shape& shape, double bound, Generator& generator, DType dtype) {
  return parameter(uniform(shape, generator, -bound, bound, dtype));
}

Variable normal_parameter(const Shape& shape, double deviation, Generator& generator, DType dtype) {
  return parameter(normal(shape, generator, 0, deviation, dtype));
}

Variable full_parameter(const Shape& shape, double value, DType dtype) { return parameter(full(shape, value, dtype)); }

Variable xavier_uniform_parameter(const Shape& shape, Generator& generator, DType dtype) {
  check_matrix("xavier_uniform_parameter", shape);
  const double fans = static_cast<double>(shape[0]) + static_cast<double>(shape[1]);
  return uniform_parameter(shape, fans > 0 ? std::sqrt(6 / fans) : 0, generator, dtype);
}

Variable orthogonal_parameter(const Shape& shape, double gain, Generator& generator, DType dtype) {
  check_matrix("orthogonal_parameter", shape);
  const Index count = std::min(shape[0], shape[1]);
  const Index length = std::max(shape[0], shape[1]);
  const Tensor vectors = normal({count, length}, generator, 0, 1, f64);
  double* rows = vectors.write<double>();
  // Gram and Schmidt: take off each row what earlier rows have, twice for precision, then make its length 1.
  for (Index i = 0; i < count; ++i) {
    double* row = rows + i * length;
    for (int pass = 0; pass < 2; ++pass) {
      for (Index j = 0; j < i; ++j) {
        const double* earlier = rows + j * length;
        double overlap = 0;
        for (Index k = 0; k < length; ++k) overlap += row[k] * earlier[k];
        for (Index k = 0; k < length; ++k) row[k] -= overlap * earlier[k];
      }
    }
    double square_sum = 0;
    for (Index k = 0; k < length; ++k) square_sum += row[k] * row[k];
    for (Index k = 0; k < length; ++k) row[k] /= std::sqrt(square_sum);
  }
  const Tensor weight = (shape[0] <= shape[1] ? vectors : transpose(vectors)) * gain;
  return parameter(to(weight, dtype));
}

}  // namespace glance
