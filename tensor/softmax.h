#pragma once

#include "glance/tensor/tensor.h"

namespace glance {

// exp(x) / sum(exp(x)) along `dim`, computed with the maximum taken off first. f32 and f64. A row of nothing but
// -infinity gives NaN, as in PyTorch; for rows that may be hidden whole, attention has a masked softmax of its own.
// Error for another dtype, or a dimension that is not there.
Tensor softmax(const Tensor& x, int dim);

// log(softmax(x, dim)), without the loss of precision that taking the logarithm afterwards would bring. Errors as for
// softmax.
Tensor log_softmax(const Tensor& x, int dim);

}  // namespace glance
