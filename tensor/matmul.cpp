// From tensors to calls of a BLAS: how matrices lie in memory, what must be copied, which batches are one product.
#include "glance/tensor/matmul.h"

#include <algorithm>
#include <span>
#include <utility>

#include "glance/tensor/elementwise_loops.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"
#include "glance/tensor/walk.h"

namespace glance {

namespace {

// How BLAS sees the matrices in a tensor's last two dimensions: their rows, or their columns when transposed, are
// contiguous and `step` apart. A vector is one row, or one column.
struct Layout {
  bool transposed = false;
  Index step = 1;
};

// The dimensions before the matrix.
Shape leading(const Shape& shape) {
  return Shape(std::span<const Index>(shape).first(static_cast<std::size_t>(std::max(shape.rank() - 2, 0))));
}

// False when BLAS cannot take the matrices where they lie.
bool find_layout(const Tensor& x, bool column, Layout& layout) {
  const auto dim = [&x](int d) { return std::pair(x.shape()[d], x.strides()[static_cast<std::size_t>(d)]); };
  const bool vector = x.rank() == 1;
  const auto one = std::pair(Index{1}, Index{1});
  const auto [rows, row_step] = !vector ? dim(x.rank() - 2) : column ? dim(0) : one;
  const auto [columns, column_step] = !vector ? dim(x.rank() - 1) : column ? one : dim(0);
  if ((columns <= 1 || column_step == 1) && (rows <= 1 || row_step >= columns)) {
    layout = {false, std::max<Index>({1, columns, rows > 1 ? row_step : 1})};
    return true;
  }
  layout = {true, std::max<Index>({1, rows, columns > 1 ? column_step : 1})};
  return (rows <= 1 || row_step == 1) && (columns <= 1 || column_step >= rows);
}

// A factor of a product, copied if BLAS could not take it as it lay. Refers to `x`.
class Factor {
 public:
  Factor(const Tensor& x, bool column) : tensor_(&x) {
    if (find_layout(x, column, layout)) return;
    copy_ = copy(x);
    tensor_ = &copy_;
    find_layout(copy_, column, layout);
  }
  Factor(const Factor&) = delete;

  const Tensor& tensor() const { return *tensor_; }

  // Strides over the dimensions before the matrix, stretched to `batch`.
  Strides batch_strides(const Shape& batch) const {
    return broadcast_strides(leading(tensor().shape()), tensor().strides(), batch);
  }

  Layout layout;

 private:
  const Tensor* tensor_;
  Tensor copy_;
};

// out = a b or out += a b, for shapes that fit. `out` is shaped as matrices, also where a or b is a vector.
template <class T>
void multiply_all(const Tensor& out, Index out_step, const Factor& a, const Factor& b, bool accumulate) {
  const Index m = out.shape()[out.rank() - 2];
  const Index n = out.shape()[out.rank() - 1];
  const Index k = a.tensor().shape().back();
  const auto multiply_at = [&](T* c, const T* from_a, const T* from_b) {
    gemm(a.layout.transposed, b.layout.transposed, m, n, k, from_a, a.layout.step, from_b, b.layout.step, c, out_step,
         accumulate);
  };
  T* c = out.write<T>();
  const T* from_a = a.tensor().read<T>();
  const T* from_b = b.tensor().read<T>();
  if (out.rank() == 2) return multiply_at(c, from_a, from_b);

  const Shape batch = leading(out.shape());
  const Walk<3> walk(batch, {out.strides(), a.batch_strides(batch), b.batch_strides(batch)});
  const auto steps = walk.row_steps();
  walk.for_each_row([&](const auto& offsets) {
    for (Index i = 0; i < walk.row_length(); ++i)
      multiply_at(c + offsets[0] + i * steps[0], from_a + offsets[1] + i * steps[1],
                  from_b + offsets[2] + i * steps[2]);
  });
}

// `out` is new and dense.
void multiply_new(const Tensor& out, const Tensor& a, const Tensor& b) {
  const Factor factor_a(a, false);
  const Factor factor_b(b, true);
  const Index step = std::max<Index>(1, out.shape().back());
  dispatch_floating("matmul", a.dtype(), [&]<class T>() { multiply_all<T>(out, step, factor_a, factor_b, false); });
}

void check_dtypes(const char* operation, const Tensor& a, const Tensor& b) {
  if (!is_floating(a.dtype())) throw_not_floating(operation, a.dtype());
  detail::check_same_dtype(operation, a, b);
}

// Whether an element of `out` and one of x may be the same in memory. They are not if one ends before the other begins,
// or if both lie in the same rows of a wider tensor, in different columns. Anything less plain counts as shared.
template <class T>
bool may_overlap(const Tensor& out, const Tensor& x) {
  if (!out.shares_storage(x) || out.numel() == 0 || x.numel() == 0) return false;
  const auto reach = [](const Tensor& t) {
    Index last = 0;
    for (int i = 0; i < t.rank(); ++i) last += (t.shape()[i] - 1) * t.strides()[static_cast<std::size_t>(i)];
    return last;
  };
  const Index apart = x.read<T>() - out.read<T>();
  if (apart > reach(out) || -apart > reach(x)) return false;

  const Index row = std::max<Index>(1, out.strides()[static_cast<std::size_t>(out.rank() - 2)]);
  const auto in_rows = [row](const Tensor& t, Index& width) {
    for (int i = 0; i < t.rank(); ++i) {
      const Index stride = t.strides()[static_cast<std::size_t>(i)];
      if (t.shape()[i] > 1 && stride == 1)
        width = t.shape()[i];
      else if (t.shape()[i] > 1 && stride % row != 0)
        return false;
    }
    return true;
  };
  Index out_width = 1;
  Index x_width = 1;
  if (!in_rows(out, out_width) || !in_rows(x, x_width)) return true;
  const Index column = (apart % row + row) % row;  // where x begins, if out begins at column 0
  return column < out_width || column + x_width > row;
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check_dtypes("matmul", a, b);
  Tensor result(matmul_shape(a.shape(), b.shape()), a.dtype());
  if (a.rank() > 2 && b.rank() <= 2) {
    // A batch times one matrix is one product of all the rows.
    const Tensor rows = flatten(a, 0, -2);
    multiply_new(reshape(result, {rows.shape()[0], b.rank() == 1 ? 1 : b.shape()[1]}), rows, b);
  } else if (a.rank() == 1 || b.rank() == 1) {
    // A vector's dimension, which the result does without, for the time of the product.
    const Tensor row = a.rank() == 1 ? unsqueeze(result, b.rank() == 1 ? 0 : -2) : result;
    multiply_new(b.rank() == 1 ? unsqueeze(row, -1) : row, a, b);
  } else {
    multiply_new(result, a, b);
  }
  return result;
}

void multiply_into(const Tensor& out, const Tensor& a, const Tensor& b, bool accumulate) {
  check_dtypes("multiply_into", a, b);
  detail::check_same_dtype("multiply_into", out, a);
  if (a.rank() != b.rank() || (a.rank() != 2 && a.rank() != 3))
    throw Error(formatted("multiply_into: {} x {}: give two matrices, or two batches [batch, rows, columns]",
                          to_string(a.shape()), to_string(b.shape())));
  if (const Shape shape = matmul_shape(a.shape(), b.shape()); out.shape() != shape)
    throw Error(formatted("multiply_into: {} x {} gives {}, but out is {}", to_string(a.shape()), to_string(b.shape()),
                          to_string(shape), to_string(out.shape())));
  Layout layout;
  if (!find_layout(out, false, layout) || layout.transposed)
    throw Error(formatted("multiply_into: out {} is not made of contiguous rows, one after another in memory",
                          to_string(out.shape())));
  const Factor factor_a(a, false);
  const Factor factor_b(b, true);
  dispatch_floating("multiply_into", a.dtype(), [&]<class T>() {
    if (may_overlap<T>(out, a) || may_overlap<T>(out, b))
      throw Error(formatted("multiply_into: out {} shares elements with a factor: copy(x) the factor first",
                            to_string(out.shape())));
    multiply_all<T>(out, layout.step, factor_a, factor_b, accumulate);
  });
}

}  // namespace glance
