// Views: new shapes, strides and offsets for the same elements.
#include "glance/tensor/view.h"

#include <algorithm>

#include "glance/tensor/formatted.h"

namespace glance {

namespace {

// `to` has as many elements as x.
Tensor reshape_to(const Tensor& x, const Shape& to) {
  if (to == x.shape()) return x;
  Strides strides{};
  if (find_reshape_strides(x.shape(), x.strides(), to, strides)) return Tensor(x, to, strides, 0);
  Tensor result(to, x.dtype());
  assign(Tensor(result, x.shape(), dense_strides(x.shape()), 0), x);
  return result;
}

}  // namespace

Tensor select(const Tensor& x, int dim, Index index) {
  const int d = resolve_dim("select", dim, x.shape());
  const Index i = resolve_index("select", index, d, x.shape());
  Shape shape = x.shape();
  Strides strides = x.strides();
  const Index offset = i * strides[static_cast<std::size_t>(d)];
  shape.erase(d);
  std::copy(strides.begin() + d + 1, strides.end(), strides.begin() + d);
  return Tensor(x, shape, strides, offset);
}

Tensor slice(const Tensor& x, int dim, Index from, Index to, Index step) {
  const int d = resolve_dim("slice", dim, x.shape());
  if (step < 1) throw Error(formatted("slice: step {} of {}: give at least 1", step, to_string(x.shape())));
  Shape shape = x.shape();
  Strides strides = x.strides();
  Index& stride = strides[static_cast<std::size_t>(d)];
  const Index extent = shape[d];
  const auto clamp = [extent](Index i) { return std::clamp<Index>(i < 0 ? i + extent : i, 0, extent); };
  from = clamp(from);
  to = clamp(to);
  const Index length = from < to ? (to - from - 1) / step + 1 : 0;
  // An offset past the end of memory is not even formed.
  const Index offset = length > 0 ? from * stride : 0;
  if (length > 1) stride *= step;
  shape[d] = length;
  return Tensor(x, shape, strides, offset);
}

Tensor transpose(const Tensor& x, int a, int b) {
  a = resolve_dim("transpose", a, x.shape());
  b = resolve_dim("transpose", b, x.shape());
  Shape shape = x.shape();
  Strides strides = x.strides();
  std::swap(shape[a], shape[b]);
  std::swap(strides[static_cast<std::size_t>(a)], strides[static_cast<std::size_t>(b)]);
  return Tensor(x, shape, strides, 0);
}

Tensor transpose(const Tensor& x) {
  if (x.rank() < 2) throw Error(formatted("transpose: {} has fewer than two dimensions to swap", to_string(x.shape())));
  return transpose(x, -2, -1);
}

Tensor permute(const Tensor& x, std::span<const int> dims) {
  if (dims.size() != static_cast<std::size_t>(x.rank()))
    throw Error(formatted("permute: {} dimensions named for {}: name each of its {} once", dims.size(),
                          to_string(x.shape()), x.rank()));
  Shape shape = x.shape();
  Strides strides{};
  std::array<bool, max_rank> named{};
  for (int i = 0; i < x.rank(); ++i) {
    const int dim = dims[static_cast<std::size_t>(i)];
    const int d = resolve_dim("permute", dim, x.shape());
    if (std::exchange(named[static_cast<std::size_t>(d)], true))
      throw Error(formatted("permute: dimension {} of {} is named twice", dim, to_string(x.shape())));
    shape[i] = x.shape()[d];
    strides[static_cast<std::size_t>(i)] = x.strides()[static_cast<std::size_t>(d)];
  }
  return Tensor(x, shape, strides, 0);
}

Tensor permute(const Tensor& x, std::initializer_list<int> dims) {
  return permute(x, std::span(dims.begin(), dims.size()));
}

Tensor reshape(const Tensor& x, const Shape& shape) { return reshape_to(x, resolve_reshape(x.shape(), shape)); }

Tensor flatten(const Tensor& x, int from, int to) {
  if (x.rank() == 0) return reshape_to(x, {1});
  const int first = resolve_dim("flatten", from, x.shape());
  const int last = resolve_dim("flatten", to, x.shape());
  if (first > last)
    throw Error(formatted("flatten: dimensions {} to {} of {}: the first comes after the last", from, to,
                          to_string(x.shape())));
  Shape shape;
  for (int i = 0; i < x.rank(); ++i) {
    if (i > first && i <= last)
      shape[first] *= x.shape()[i];
    else
      shape.push_back(x.shape()[i]);
  }
  return reshape_to(x, shape);
}

Tensor squeeze(const Tensor& x, int dim) {
  const int d = resolve_dim("squeeze", dim, x.shape());
  return x.shape()[d] == 1 ? select(x, d, 0) : x;
}

Tensor squeeze(const Tensor& x) {
  Shape shape;
  Strides strides{};
  for (int i = 0; i < x.rank(); ++i) {
    if (x.shape()[i] == 1) continue;
    strides[static_cast<std::size_t>(shape.rank())] = x.strides()[static_cast<std::size_t>(i)];
    shape.push_back(x.shape()[i]);
  }
  return shape.rank() == x.rank() ? x : Tensor(x, shape, strides, 0);
}

Tensor unsqueeze(const Tensor& x, int dim) {
  const int d = resolve_new_dim("unsqueeze", dim, x.shape());
  Shape shape = x.shape();
  shape.insert(d, 1);
  Strides strides = x.strides();
  const auto place = static_cast<std::size_t>(d);
  for (std::size_t i = strides.size() - 1; i > place; --i) strides[i] = strides[i - 1];
  strides[place] = d < x.rank() ? shape[d + 1] * strides[place + 1] : 1;
  return Tensor(x, shape, strides, 0);
}

Tensor expand(const Tensor& x, const Shape& shape) {
  const Shape to = resolve_expand(x.shape(), shape);
  return to == x.shape() ? x : Tensor(x, to, broadcast_strides(x.shape(), x.strides(), to), 0);
}

}  // namespace glance
