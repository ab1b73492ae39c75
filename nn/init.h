#pragma once

#include "glance/autograd/variable.h"
#include "glance/tensor/random.h"

// First values of parameters. Each returns a new parameter. Error for a dtype that is not f32 or f64, a negative
// extent, bound or deviation.
namespace glance {

// Uniform in [-bound, bound].
Variable uniform_parameter(const Shape& shape, double bound, Generator& generator, DType dtype = f32);

// Normal around 0.
Variable normal_parameter(const Shape& shape, double deviation, Generator& generator, DType dtype = f32);

// The same value everywhere.
Variable full_parameter(const Shape& shape, double value, DType dtype = f32);

// Uniform with bound √(6 / (in + out)) for a weight [out, in] (Glorot and Bengio, 2010), which may be empty. Error for
// another rank.
Variable xavier_uniform_parameter(const Shape& shape, Generator& generator, DType dtype = f32);

// A weight [rows, columns] whose shorter side's vectors are orthonormal, times `gain` (Saxe, McClelland and Ganguli,
// 2014). Error for another rank.
Variable orthogonal_parameter(const Shape& shape, double gain, Generator& generator, DType dtype = f32);

}  // namespace glance
