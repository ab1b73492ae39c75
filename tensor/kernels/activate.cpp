// The rows of a bias and an activation. Value and slope of gelu stand in one loop, where the compiler sees what they
// have in common.
#include "glance/tensor/kernels/activate.h"

#include <algorithm>

#include "glance/tensor/check.h"
#include "glance/tensor/create.h"
#include "glance/tensor/error.h"
#include "glance/tensor/kernels/column_sums.h"
#include "glance/tensor/vector_math.h"

namespace glance {

namespace {

// The loops over a row: their pointers are parameters, because gcc makes vectors only then.

// h = max(h + b, 0), but NaN stays
template <class T>
void relu_row(Index n, const T* __restrict b, T* __restrict h) {
  for (Index j = 0; j < n; ++j) {
    const T x = h[j] + b[j];
    h[j] = x < 0 ? T{0} : x;
  }
}

// h = gelu(h + b)
template <class T>
void gelu_row(Index n, const T* __restrict b, T* __restrict h) {
  for (Index j = 0; j < n; ++j) h[j] = vector_math::gelu(h[j] + b[j]);
}

// h = gelu(h + b),  slope = gelu'(h + b)
template <class T>
void gelu_row(Index n, const T* __restrict b, T* __restrict h, T* __restrict slope) {
  for (Index j = 0; j < n; ++j) {
    const T x = h[j] + b[j];
    h[j] = vector_math::gelu(x);
    slope[j] = vector_math::gelu_slope(x);
  }
}

// g = g where y is above 0 (or NaN), else 0;  sums += g
template <class T>
void relu_row_backward(Index n, const T* __restrict y, T* __restrict g, T* __restrict sums) {
  for (Index j = 0; j < n; ++j) {
    g[j] = y[j] <= 0 ? T{0} : g[j];
    sums[j] += g[j];
  }
}

// g = g · slope;  sums += g
template <class T>
void gelu_row_backward(Index n, const T* __restrict slope, T* __restrict g, T* __restrict sums) {
  for (Index j = 0; j < n; ++j) {
    g[j] *= slope[j];
    sums[j] += g[j];
  }
}

// How many numbers a row has. Error for what has no rows.
Index features_of(const Tensor& h) {
  if (!h.given() || h.rank() < 1) throw Error("activate: h needs a dimension of features: [..., features]");
  if (!is_floating(h.dtype())) throw_not_floating("activate", h.dtype());
  check_destination("activate", "f(h + bias)", {h}, h.shape(), h.dtype());
  return h.shape().back();
}

}  // namespace

Tensor activate(Activation activation, const Tensor& h, const Tensor& bias, bool kept) {
  const Index features = features_of(h);
  if (bias.given()) check_argument("activate", "bias", bias, {features}, h.dtype());
  const Tensor b_row = bias.given() ? contiguous(bias) : zeros({features}, h.dtype());
  const Tensor slopes = kept && activation == Activation::gelu ? Tensor(h.shape(), h.dtype()) : Tensor();
  dispatch_floating("activate", h.dtype(), [&]<class T>() {
    T* row = h.write<T>();
    T* slope = slopes.defined() ? slopes.write<T>() : nullptr;
    const T* b = b_row.read<T>();
    for (Index at = 0; at < h.numel(); at += features) {
      if (activation == Activation::relu)
        relu_row(features, b, row + at);
      else if (slope)
        gelu_row(features, b, row + at, slope + at);
      else
        gelu_row(features, b, row + at);
    }
  });
  if (!kept) return {};
  return activation == Activation::relu ? h : slopes;
}

void activate_backward(Activation activation, const Tensor& kept, const Tensor& gradient, const Destination& bias) {
  const Index features = features_of(kept);
  check_destination("activate", "the gradient", {gradient}, kept.shape(), kept.dtype());
  check_destination("activate", "the gradient of bias", bias, {features}, kept.dtype());
  dispatch_floating("activate", kept.dtype(), [&]<class T>() {
    ColumnSums<T> sums(features);
    const T* from = kept.read<T>();
    T* g = gradient.write<T>();
    const auto backward = activation == Activation::relu ? relu_row_backward<T> : gelu_row_backward<T>;
    for (Index at = 0; at < kept.numel(); at += features) backward(features, from + at, g + at, sums.next_row());
    sums.put(bias);
  });
}

}  // namespace glance
