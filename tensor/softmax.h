#pragma once

#include "glance/tensor/tensor.h"

// Softmax, with a mask and without, and its logarithm.
namespace glance {

// exp(x) / sum(exp(x)) along `dim`, computed with the maximum taken off first. f32 and f64. A row of nothing but
// -infinity gives NaN, as in PyTorch; masked_softmax() gives zeros. Error for another dtype, or a dimension that is not
// there.
Tensor softmax(const Tensor& x, int dim);

// Softmax over those elements of each row of the last dimension whose `visible` is true: bool, broadcast to `x`;
// undefined: all are. The others get 0, whatever they hold. A row where nothing is visible, or all that is visible is
// -infinity, is all 0, never NaN. f32 and f64. Error for another dtype, a scalar, or a mask that does not fit.
Tensor masked_softmax(const Tensor& x, const Tensor& visible = {});

// log(softmax(x, dim)), without the loss of precision that taking the logarithm afterwards would bring. Errors as for
// softmax.
Tensor log_softmax(const Tensor& x, int dim);

}  // namespace glance
