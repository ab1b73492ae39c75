// Softmax over rows by row_kernels.h; along other dimensions it is put together from reductions.
#include "glance/tensor/softmax.h"

#include "glance/tensor/check.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/row_kernels.h"
#include "glance/tensor/stretched_rows.h"
#include "glance/tensor/view.h"
#include "glance/tensor/walk.h"

namespace glance {

namespace {

// Calls row(out, in, n) for each row of the last dimension, dim.
template <class F>
Tensor by_rows(const char* operation, const Tensor& x, int dim, F&& row) {
  return dispatch_floating(operation, x.dtype(), [&]<class T>() {
    const Tensor dense = contiguous(x);
    const Tensor result(x.shape(), x.dtype());
    const Index n = x.shape()[dim];
    const T* in = dense.read<T>();
    T* out = result.write<T>();
    for (Index i = 0; i < x.numel(); i += n) row(out + i, in + i, n);
    return result;
  });
}

}  // namespace

Tensor softmax(const Tensor& x, int dim) {
  if (!is_floating(x.dtype())) throw_not_floating("softmax", x.dtype());
  dim = resolve_dim("softmax", dim, x.shape());
  if (x.numel() == 0) return Tensor(x.shape(), x.dtype());
  if (dim == x.rank() - 1)
    return by_rows("softmax", x, dim, []<class T>(T* out, const T* in, Index n) { row_softmax(out, in, n); });
  const Tensor exps = exp(x - max(x, dim, true));
  return exps / sum(exps, dim, true);
}

Tensor masked_softmax(const Tensor& x, const Tensor& visible) {
  const char* operation = "masked_softmax";
  if (!is_floating(x.dtype())) throw_not_floating(operation, x.dtype());
  resolve_dim(operation, -1, x.shape());
  if (visible.given()) {
    if (!broadcasts_to(visible.shape(), x.shape()))
      throw Error(formatted("{}: visible {} does not broadcast to {}", operation, to_string(visible.shape()),
                            to_string(x.shape())));
    check_argument(operation, "visible", visible, visible.shape(), boolean);
  }
  Tensor result(x.shape(), x.dtype());
  const Tensor dense = contiguous(x);
  Shape matrices = x.shape();
  if (matrices.rank() == 1) matrices.insert(0, 1);
  Shape leading = matrices;
  const Index columns = leading.back(), rows = leading[leading.rank() - 2];
  leading.erase(leading.rank() - 1);
  leading.erase(leading.rank() - 1);
  const StretchedRows<bool> mask(visible, matrices);
  dispatch_floating(operation, x.dtype(), [&]<class T>() {
    const T* in = dense.read<T>();
    T* out = result.write<T>();
    const Walk<1> walk(leading, {mask.strides()});
    walk.for_each_row([&](const auto& offsets) {
      for (Index i = 0; i < walk.row_length(); ++i)
        for (Index row = 0; row < rows; ++row, in += columns, out += columns)
          row_softmax(out, in, mask.row(offsets[0] + i * walk.row_steps()[0], row), columns);
    });
  });
  return result;
}

Tensor log_softmax(const Tensor& x, int dim) {
  if (!is_floating(x.dtype())) throw_not_floating("log_softmax", x.dtype());
  dim = resolve_dim("log_softmax", dim, x.shape());
  if (x.numel() == 0) return Tensor(x.shape(), x.dtype());
  if (dim == x.rank() - 1)
    return by_rows("log_softmax", x, dim, []<class T>(T* out, const T* in, Index n) {
      // The center first: added to the logarithm, it would swallow its digits.
      const T center = detail::softmax_center(in, n);
      const T log_sum = detail::centered_log_sum(in, center, n);
      for (Index i = 0; i < n; ++i) out[i] = (in[i] - center) - log_sum;
    });
  return contiguous(transpose(log_softmax(transpose(x, dim, -1), -1), dim, -1));
}

}  // namespace glance
