// Layer normalisation row by row, forward and backward. Deviations are taken from a row's first element, so that
// numbers far from zero keep their digits.
#include "glance/tensor/kernels/layer_norm.h"

#include <algorithm>
#include <cmath>

#include "glance/tensor/check.h"
#include "glance/tensor/create.h"
#include "glance/tensor/kernels/column_sums.h"
#include "glance/tensor/row_kernels.h"

namespace glance {

namespace {

struct Sizes {
  Index rows, features;
};

Sizes check(const LayerNormArguments& a) {
  if (!a.x.given() || a.x.rank() < 1) throw Error("layer_norm: x needs a dimension to normalise over: [..., features]");
  const DType dtype = a.x.dtype();
  if (!is_floating(dtype)) throw_not_floating("layer_norm", dtype);
  const Index features = a.x.shape().back();
  if (a.weight.given()) check_layer_dtype("layer_norm", a.x, "weight", a.weight);
  if (a.weight.given()) check_argument("layer_norm", "weight", a.weight, {features}, dtype);
  if (a.bias.given()) check_argument("layer_norm", "bias", a.bias, {features}, dtype);
  return {a.x.numel() / std::max<Index>(features, 1), features};
}

Tensor or_full(const Tensor& x, const Sizes& n, double value, DType dtype) {
  return x.defined() ? contiguous(x) : full({n.features}, value, dtype);
}

// The loops over a row: their pointers are parameters, because gcc makes vectors only then.

// out = in - first
template <class T>
void shift_row(Index n, const T* __restrict in, T first, T* __restrict out) {
  for (Index j = 0; j < n; ++j) out[j] = in[j] - first;
}

// out = (out - mean) / σ · w + b
template <class T>
void normalise_row(Index n, T mean, T inverse, const T* __restrict w, const T* __restrict b, T* __restrict out) {
  for (Index j = 0; j < n; ++j) out[j] = (out[j] - mean) * inverse * w[j] + b[j];
}

// z = (in - first - mean) / σ and g w, and what the row adds to the gradients of weight and bias.
template <class T>
void read_row(Index n, const T* __restrict in, T first, T mean, T inverse, const T* __restrict g, const T* __restrict w,
              T* __restrict z, T* __restrict g_w, T* __restrict d_w, T* __restrict d_b) {
  for (Index j = 0; j < n; ++j) {
    const T normalised = ((in[j] - first) - mean) * inverse;
    z[j] = normalised;
    g_w[j] = g[j] * w[j];
    d_w[j] += g[j] * normalised;
    d_b[j] += g[j];
  }
}

// out = (g w - mean(g w) - z · mean(g w z)) / σ, or +=
template <class T>
void put_row(Index n, const T* __restrict z, const T* __restrict g_w, T mean_g, T mean_gz, T inverse, T* __restrict out,
             bool accumulate) {
  if (accumulate)
    for (Index j = 0; j < n; ++j) out[j] += (g_w[j] - mean_g - z[j] * mean_gz) * inverse;
  else
    for (Index j = 0; j < n; ++j) out[j] = (g_w[j] - mean_g - z[j] * mean_gz) * inverse;
}

template <class T>
LayerNormResult forward(const LayerNormArguments& a, const Sizes& n) {
  const DType dtype = dtype_of<T>;
  Shape row_shape = a.x.shape();
  row_shape.erase(row_shape.rank() - 1);
  const Tensor x = contiguous(a.x), weight = or_full(a.weight, n, 1, dtype), bias = or_full(a.bias, n, 0, dtype);
  LayerNormResult result{Tensor(a.x.shape(), dtype), Tensor(row_shape, dtype), Tensor(row_shape, dtype)};
  const T* w = weight.read<T>();
  const T* b = bias.read<T>();
  T* means = result.mean.write<T>();
  T* inverse_deviations = result.inverse_deviation.write<T>();
  const T* in = x.read<T>();
  T* out = result.output.write<T>();
  const T count = static_cast<T>(n.features);
  for (Index row = 0; row < n.rows; ++row, in += n.features, out += n.features) {
    shift_row(n.features, in, n.features > 0 ? in[0] : T{0}, out);
    const T mean = row_sum(out, n.features) / count;
    const T variance = row_squared_deviation(out, mean, n.features) / count;
    const T inverse = T{1} / std::sqrt(variance + static_cast<T>(a.epsilon));
    normalise_row(n.features, mean, inverse, w, b, out);
    means[row] = mean;
    inverse_deviations[row] = inverse;
  }
  return result;
}

// With the normalised z = (x - mean) / σ and y = z w + b:
//   dL/db = Σ over rows of g,  dL/dw = Σ over rows of g z,  dL/dx = (g w - mean(g w) - z · mean(g w z)) / σ
template <class T>
void backward(const LayerNormArguments& a, const Sizes& n, const Tensor& mean, const Tensor& inverse_deviation,
              const Tensor& d_output, const LayerNormDestinations& to) {
  const DType dtype = dtype_of<T>;
  const Tensor x = contiguous(a.x), g_rows = contiguous(d_output), weight = or_full(a.weight, n, 1, dtype);
  const Tensor scratch({2, n.features}, dtype);
  T* z = scratch.write<T>();
  T* g_w = z + n.features;
  ColumnSums<T> d_weight(n.features), d_bias(n.features);
  const T *w = weight.read<T>(), *in = x.read<T>(), *g = g_rows.read<T>();
  const T *means = mean.read<T>(), *inverses = inverse_deviation.read<T>();
  T* d_x = to.x.wanted() ? to.x.tensor.write<T>() : nullptr;
  const T count = static_cast<T>(n.features);
  for (Index row = 0; row < n.rows; ++row, in += n.features, g += n.features) {
    const T first = n.features > 0 ? in[0] : T{0};
    read_row(n.features, in, first, means[row], inverses[row], g, w, z, g_w, d_weight.next_row(), d_bias.next_row());
    if (!d_x) continue;
    const T mean_g = row_sum(g_w, n.features) / count, mean_gz = row_dot(g_w, z, n.features) / count;
    put_row(n.features, z, g_w, mean_g, mean_gz, inverses[row], d_x + row * n.features, to.x.accumulate);
  }
  d_weight.put(to.weight);
  d_bias.put(to.bias);
}

}  // namespace

LayerNormResult layer_norm_forward(const LayerNormArguments& arguments) {
  const Sizes n = check(arguments);
  return dispatch_floating("layer_norm", arguments.x.dtype(), [&]<class T>() { return forward<T>(arguments, n); });
}

void layer_norm_backward(const LayerNormArguments& arguments, const Tensor& mean, const Tensor& inverse_deviation,
                         const Tensor& d_output, const LayerNormDestinations& destinations) {
  const Sizes n = check(arguments);
  const DType dtype = arguments.x.dtype();
  Shape rows = arguments.x.shape();
  rows.erase(rows.rank() - 1);
  check_argument("layer_norm", "mean", mean, rows, dtype);
  check_argument("layer_norm", "inverse_deviation", inverse_deviation, rows, dtype);
  check_argument("layer_norm", "the gradient of the output", d_output, arguments.x.shape(), dtype);
  check_destination("layer_norm", "the gradient of x", destinations.x, arguments.x.shape(), dtype);
  check_destination("layer_norm", "the gradient of weight", destinations.weight, {n.features}, dtype);
  check_destination("layer_norm", "the gradient of bias", destinations.bias, {n.features}, dtype);
  dispatch_floating("layer_norm", dtype,
                    [&]<class T>() { backward<T>(arguments, n, mean, inverse_deviation, d_output, destinations); });
}

}  // namespace glance
