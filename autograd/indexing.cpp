// Reading and writing by index, with derivatives. Whatever reads has a derivative that adds at the same indices, and
// the other way round.
#include "glance/autograd/indexing.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

// `source` cut to the extents of the indices: what lies beyond them is not read.
Variable read_part(const Variable& source, const Tensor& indices) {
  Variable result = source;
  for (int dim = 0; dim < source.rank() && dim < indices.rank(); ++dim)
    if (indices.shape(dim) < result.shape(dim)) result = slice(result, dim, 0, indices.shape(dim));
  return result;
}

}  // namespace

// y = x[indices]:  dL/dx = Σ over the places that read it, a scatter-add
Variable gather(const Variable& x, int dim, const Tensor& indices) {
  return record(
      "gather", {x, Variable(indices)}, gather(x.value(), dim, indices), Save::input(1),
      [dim](const Saved& s, const Variable& grad) {
        return scatter_add(zeros(s.input_shape(0), grad.dtype()), dim, s.input(1).value(), grad);
      },
      nullptr);
}

// y = x with source added at indices:  dL/dx = g,  dL/dsource = g[indices]
Variable scatter_add(const Variable& x, int dim, const Tensor& indices, const Variable& source) {
  if (source.rank() == indices.rank() && source.shape() != indices.shape()) {
    const Variable cut = read_part(source, indices);
    if (cut.shape() == indices.shape()) return scatter_add(x, dim, indices, cut);
  }
  return record(
      "scatter_add", {x, Variable(indices), source}, scatter_add(x.value(), dim, indices, source.value()),
      Save::input(1), [](const Saved&, const Variable& grad) { return grad; }, nullptr,
      [dim](const Saved& s, const Variable& grad) { return gather(grad, dim, s.input(1).value()); });
}

namespace {

// Whether each element that is scattered stays where it was put: the last of those for one place does.
Tensor stays(const Shape& x, int dim, const Tensor& indices) {
  const Tensor number = reshape(arange(static_cast<double>(indices.numel())), indices.shape());
  return equal(gather(scatter(zeros(x, i64), dim, indices, number), dim, indices), number);
}

}  // namespace

// y = x with source put at indices:  dL/dx = g, but 0 there;  dL/dsource = g[indices] for what stays, else 0
Variable scatter(const Variable& x, int dim, const Tensor& indices, const Variable& source) {
  if (source.rank() == indices.rank() && source.shape() != indices.shape()) {
    const Variable cut = read_part(source, indices);
    if (cut.shape() == indices.shape()) return scatter(x, dim, indices, cut);
  }
  return record(
      "scatter", {x, Variable(indices), source}, scatter(x.value(), dim, indices, source.value()), Save::input(1),
      [dim](const Saved& s, const Variable& grad) { return scatter(grad, dim, s.input(1).value(), 0); }, nullptr,
      [dim](const Saved& s, const Variable& grad) {
        const Tensor at = s.input(1).value();
        return where(stays(grad.shape(), dim, at), gather(grad, dim, at), 0);
      });
}

// y = x with a number put at indices:  dL/dx = g, but 0 there
Variable scatter(const Variable& x, int dim, const Tensor& indices, double value) {
  return record(
      "scatter", {x, Variable(indices)}, scatter(x.value(), dim, indices, value), Save::input(1),
      [dim](const Saved& s, const Variable& grad) { return scatter(grad, dim, s.input(1).value(), 0); }, nullptr);
}

namespace {

// What each of those equal to the result gets of its gradient. y, x and the source are as scatter_reduce saved them.
Variable share_of_equals(const Saved& s, const Variable& grad, int dim) {
  const Tensor x = s.input(0).value(), at = s.input(1).value(), source = s.input(2).value(), y = s.output().value();
  const Tensor chosen = to(equal(gather(y, dim, at), source), y.dtype());
  return grad / scatter_add(to(equal(y, x), y.dtype()), dim, at, chosen);
}

}  // namespace

// y = the extreme of x and the source's elements:  each of the n that are equal to y gets dL/dy / n, the others 0
Variable scatter_reduce(const Variable& x, int dim, const Tensor& indices, const Variable& source,
                        ScatterReduce reduce) {
  if (source.rank() == indices.rank() && source.shape() != indices.shape()) {
    const Variable cut = read_part(source, indices);
    if (cut.shape() == indices.shape()) return scatter_reduce(x, dim, indices, cut, reduce);
  }
  return record(
      "scatter_reduce", {x, Variable(indices), source}, scatter_reduce(x.value(), dim, indices, source.value(), reduce),
      Save::inputs | Save::outputs,
      [dim](const Saved& s, const Variable& grad) {
        return share_of_equals(s, grad, dim) * to(equal(s.output().value(), s.input(0).value()), grad.dtype());
      },
      nullptr,
      [dim](const Saved& s, const Variable& grad) {
        const Tensor at = s.input(1).value(), source_value = s.input(2).value();
        const Tensor chosen = to(equal(gather(s.output().value(), dim, at), source_value), grad.dtype());
        return gather(share_of_equals(s, grad, dim), dim, at) * chosen;
      });
}

// y = entries of x:  dL/dx = g added to those entries
Variable index_select(const Variable& x, int dim, const Tensor& indices) {
  return record(
      "index_select", {x, Variable(indices)}, index_select(x.value(), dim, indices), Save::input(1),
      [dim](const Saved& s, const Variable& grad) {
        return index_add(zeros(s.input_shape(0), grad.dtype()), dim, s.input(1).value(), grad);
      },
      nullptr);
}

// y = x with source added to entries:  dL/dx = g,  dL/dsource = those entries of g
Variable index_add(const Variable& x, int dim, const Tensor& indices, const Variable& source) {
  return record(
      "index_add", {x, Variable(indices), source}, index_add(x.value(), dim, indices, source.value()), Save::input(1),
      [](const Saved&, const Variable& grad) { return grad; }, nullptr,
      [dim](const Saved& s, const Variable& grad) { return index_select(grad, dim, s.input(1).value()); });
}

// y = rows of the table:  dL/dtable = g added to those rows
Variable embedding(const Variable& table, const Tensor& indices) {
  return record("embedding", {table, Variable(indices)}, take_rows(table.value(), indices, "embedding"), Save::input(1),
                InPlaceRule{[](const Saved& s, const Variable& grad) {
                              const Tensor rows = s.input(1).value();
                              const Shape& shape = s.input_shape(0);
                              return index_add(zeros(shape, grad.dtype()), 0, reshape(rows, {rows.numel()}),
                                               reshape(grad, {rows.numel(), shape[1]}));
                            },
                            [](const Saved& s, const Tensor& grad, const Tensor& buffer) {
                              add_rows_into(buffer, s.input(1).value(), grad);
                            }},
                nullptr);
}

Variable tril(const Variable& x, Index diagonal) {
  return record("tril", {x}, tril(x.value(), diagonal), Save::nothing,
                [diagonal](const Saved&, const Variable& grad) { return tril(grad, diagonal); });
}

Variable triu(const Variable& x, Index diagonal) {
  return record("triu", {x}, triu(x.value(), diagonal), Save::nothing,
                [diagonal](const Saved&, const Variable& grad) { return triu(grad, diagonal); });
}

SortedVariable sort(const Variable& x, int dim, bool descending) {
  const Tensor indices = argsort(x.value(), dim, descending);
  return {gather(x, dim, indices), indices};
}

SortedVariable topk(const Variable& x, Index k, int dim, bool largest) {
  const Tensor indices = topk(x.value(), k, dim, largest).indices;
  return {gather(x, dim, indices), indices};
}

}  // namespace glance
