// Sinusoidal, learnt and rotary positions, with angles computed in f64.
#include "glance/nn/positions.h"

#include <cmath>
#include <utility>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/views.h"
#include "glance/nn/init.h"
#include "glance/tensor/create.h"
#include "glance/tensor/dtype.h"
#include "glance/tensor/formatted.h"

namespace glance {

namespace {

void check_offset(const char* operation, Index from) {
  if (from < 0) throw Error(formatted("{}: the first position is {}: it must be at least 0", operation, from));
}

// t / 10000^(2i / features), computed in f64 whatever the dtype: in f32 an angle of a thousand has lost four digits.
double angle(Index t, Index i, Index features) {
  return static_cast<double>(t) / std::pow(10000.0, 2 * static_cast<double>(i) / static_cast<double>(features));
}

}  // namespace

Tensor sinusoidal_positions(Index count, Index features, Index from, DType dtype) {
  check_offset("sinusoidal_positions", from);
  Tensor result({count, features}, dtype);
  dispatch_floating("sinusoidal_positions", dtype, [&]<class T>() {
    T* p = result.write<T>();
    for (Index t = from; t < from + count; ++t)
      for (Index j = 0; j < features; ++j) {
        const double a = angle(t, j / 2, features);
        *p++ = static_cast<T>(j % 2 == 0 ? std::sin(a) : std::cos(a));
      }
  });
  return result;
}

Variable rotate(const Variable& x, Index from) {
  check_offset("rotate", from);
  const Index time = x.shape(-2), features = x.shape(-1), half = features / 2;
  if (features % 2 != 0) throw Error(formatted("rotate: {} has an odd number of features", to_string(x.shape())));
  Tensor cosines({time, half}, x.dtype()), sines({time, half}, x.dtype());
  dispatch_floating("rotate", x.dtype(), [&]<class T>() {
    T *c = cosines.write<T>(), *s = sines.write<T>();
    for (Index t = from; t < from + time; ++t)
      for (Index i = 0; i < half; ++i) {
        const double a = angle(t, i, features);
        *c++ = static_cast<T>(std::cos(a));
        *s++ = static_cast<T>(std::sin(a));
      }
  });
  const Variable first = slice(x, -1, 0, half), second = slice(x, -1, half, features);
  return concat({first * cosines - second * sines, first * sines + second * cosines}, -1);
}

Positions::Positions(PositionKind kind_, Index most, Index features, Generator& generator,
                     const PositionOptions& options)
    : kind(kind_) {
  if (kind == PositionKind::learned)
    weight = normal_parameter({most, features}, options.deviation, generator, options.dtype);
}

Variable Positions::operator()(const Variable& x, Index from) const {
  check_offset("Positions", from);
  const Index time = x.shape(-2);
  switch (kind) {
    case PositionKind::learned:
      if (from + time > weight.shape(0))
        throw Error(formatted("Positions: places {} to {} of a sequence, and {} were learned: make the model with more",
                              from, from + time - 1, weight.shape(0)));
      return x + slice(weight, 0, from, from + time);
    case PositionKind::sinusoidal:
      return x + sinusoidal_positions(time, x.shape(-1), from, x.dtype());
    case PositionKind::none:
    case PositionKind::rotary:
      return x;
  }
  throw Error(formatted("Positions: there is no kind {}", static_cast<int>(kind)));
}

}  // namespace glance
