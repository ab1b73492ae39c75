#pragma once

#include "glance/tensor/tensor.h"

// Cumulative sums.
namespace glance {

// The sums so far along `dim`: y[i] = x[0] + … + x[i]; shaped as x. f32, whose sums are carried in double, f64 and i64,
// which wraps around; of bool, counts of true as i64. Error for a dimension that is not there.
Tensor cumsum(const Tensor& x, int dim);

}  // namespace glance
