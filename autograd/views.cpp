// The derivatives of views: a part gives its gradient back to its place in the whole, an arrangement is undone.
#include "glance/autograd/views.h"

#include <utility>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/join.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

template <class View>
Variable part(const char* name, const Variable& x, View view);

// Zeros of `shape` with `x` in the place that `view` shows: what `part` is differentiated to, and back.
template <class View>
Variable spread(const char* name, const Variable& x, const Shape& shape, View view) {
  const Tensor whole = zeros(shape, x.dtype());
  add_into(view(whole), x.value());
  return record(name, {x}, whole, Save::nothing,
                [name, view](const Saved&, const Variable& grad) { return part(name, grad, view); });
}

// A view of some of x's elements. Each part of a tensor adds its gradient straight into its place: otherwise T parts
// would cost T gradients of the whole.
template <class View>
Variable part(const char* name, const Variable& x, View view) {
  return record(
      name, {x}, view(x.value()), Save::nothing,
      InPlaceRule{
          [name, view](const Saved& s, const Variable& grad) { return spread(name, grad, s.input_shape(0), view); },
          [view](const Saved&, const Tensor& grad, const Tensor& buffer) { add_into(view(buffer), grad); }});
}

// A view of all of x's elements, whose gradient goes back by the reverse arrangement.
template <class Back>
Variable arrangement(const char* name, const Variable& x, Tensor value, Back back) {
  return record(name, {x}, std::move(value), Save::nothing,
                [back](const Saved& s, const Variable& grad) { return back(grad, s.input_shape(0)); });
}

Variable to_shape(const Variable& grad, const Shape& shape) { return reshape(grad, shape); }

std::vector<Tensor> values_of(std::span<const Variable> list) {
  std::vector<Tensor> values;
  values.reserve(list.size());
  for (const Variable& x : list) values.push_back(x.value());
  return values;
}

}  // namespace

Variable select(const Variable& x, int dim, Index index) {
  return part("select", x, [dim, index](const Tensor& t) { return select(t, dim, index); });
}

Variable slice(const Variable& x, int dim, Index from, Index to, Index step) {
  return part("slice", x, [dim, from, to, step](const Tensor& t) { return slice(t, dim, from, to, step); });
}

Variable transpose(const Variable& x, int a, int b) {
  return arrangement("transpose", x, transpose(x.value(), a, b),
                     [a, b](const Variable& grad, const Shape&) { return transpose(grad, a, b); });
}

Variable transpose(const Variable& x) {
  return arrangement("transpose", x, transpose(x.value()),
                     [](const Variable& grad, const Shape&) { return transpose(grad); });
}

Variable permute(const Variable& x, std::span<const int> dims) {
  Tensor value = permute(x.value(), dims);
  std::vector<int> inverse(dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i)
    inverse[static_cast<std::size_t>(resolve_dim("permute", dims[i], x.shape()))] = static_cast<int>(i);
  return arrangement("permute", x, std::move(value), [inverse](const Variable& grad, const Shape&) {
    return permute(grad, std::span<const int>(inverse));
  });
}

Variable permute(const Variable& x, std::initializer_list<int> dims) {
  return permute(x, std::span(dims.begin(), dims.size()));
}

Variable reshape(const Variable& x, const Shape& shape) {
  return arrangement("reshape", x, reshape(x.value(), shape), to_shape);
}

Variable flatten(const Variable& x, int from, int to) {
  return arrangement("flatten", x, flatten(x.value(), from, to), to_shape);
}

Variable squeeze(const Variable& x, int dim) { return arrangement("squeeze", x, squeeze(x.value(), dim), to_shape); }

Variable squeeze(const Variable& x) { return arrangement("squeeze", x, squeeze(x.value()), to_shape); }

Variable unsqueeze(const Variable& x, int dim) {
  return arrangement("unsqueeze", x, unsqueeze(x.value(), dim), to_shape);
}

// The engine sums a gradient over the dimensions that were stretched.
Variable expand(const Variable& x, const Shape& shape) {
  return record("expand", {x}, expand(x.value(), shape), Save::nothing,
                [](const Saved&, const Variable& grad) { return grad; });
}

// Each input's gradient is its slice of the whole.
Variable concat(std::span<const Variable> list, int dim) {
  Tensor value = concat(values_of(list), dim);
  std::vector<Index> sizes;
  for (const Variable& x : list) sizes.push_back(x.shape(dim));
  return record("concat", list, std::move(value), Save::nothing,
                [dim, sizes = std::move(sizes)](const Saved&, Gradients& g) {
                  Index from = 0;
                  for (std::size_t i = 0; i < sizes.size(); ++i) {
                    const int input = static_cast<int>(i);
                    if (g.wanted(input)) g.add(input, slice(g.output(), dim, from, from + sizes[i]));
                    from += sizes[i];
                  }
                });
}

Variable concat(std::initializer_list<Variable> list, int dim) {
  return concat(std::span(list.begin(), list.size()), dim);
}

Variable stack(std::span<const Variable> list, int dim) {
  return record("stack", list, stack(values_of(list), dim), Save::nothing,
                [dim, count = static_cast<int>(list.size())](const Saved&, Gradients& g) {
                  for (int i = 0; i < count; ++i)
                    if (g.wanted(i)) g.add(i, select(g.output(), dim, i));
                });
}

Variable stack(std::initializer_list<Variable> list, int dim) {
  return stack(std::span(list.begin(), list.size()), dim);
}

std::vector<Variable> split(const Variable& x, std::span<const Index> sizes, int dim) {
  split(x.value(), sizes, dim);  // for its checks
  std::vector<Variable> parts;
  Index from = 0;
  for (const Index size : sizes) {
    parts.push_back(slice(x, dim, from, from + size));
    from += size;
  }
  return parts;
}

std::vector<Variable> split(const Variable& x, std::initializer_list<Index> sizes, int dim) {
  return split(x, std::span(sizes.begin(), sizes.size()), dim);
}

std::vector<Variable> split(const Variable& x, Index size, int dim) {
  std::vector<Index> sizes;
  for (const Tensor& t : split(x.value(), size, dim)) sizes.push_back(t.shape(dim));
  return split(x, sizes, dim);
}

std::vector<Variable> chunk(const Variable& x, Index n, int dim) {
  std::vector<Index> sizes;
  for (const Tensor& t : chunk(x.value(), n, dim)) sizes.push_back(t.shape(dim));
  return split(x, sizes, dim);
}

}  // namespace glance
