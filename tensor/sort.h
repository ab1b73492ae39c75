#pragma once

#include "glance/tensor/tensor.h"

// Elements in order.
namespace glance {

// Elements in order, and where they stood (i64).
struct Sorted {
  Tensor values;
  Tensor indices;
};

// Sorts along `dim`. Equal elements keep their order; NaN counts as greater than any number. Error for a bad dimension.
Sorted sort(const Tensor& x, int dim = -1, bool descending = false);

// The indices of sort.
Tensor argsort(const Tensor& x, int dim = -1, bool descending = false);

// The k largest (or smallest) along `dim`, best first: [..., n, ...] -> [..., k, ...]. Of equal elements the one with
// the lower index comes first; NaN counts as greater than any number. Error unless 0 <= k <= n.
Sorted topk(const Tensor& x, Index k, int dim = -1, bool largest = true);

}  // namespace glance
