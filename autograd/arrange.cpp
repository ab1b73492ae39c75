// The derivatives of flip, pad and repeat_interleave, each made from another of these or from indexing.
#include "glance/autograd/arrange.h"

#include <utility>
#include <vector>

#include "glance/autograd/indexing.h"
#include "glance/autograd/record.h"
#include "glance/tensor/arrange.h"
#include "glance/tensor/create.h"

namespace glance {

Variable flip(const Variable& x, const Axes& axes) {
  return record("flip", {x}, flip(x.value(), axes), Save::nothing,
                [axes](const Saved&, const Variable& grad) { return flip(grad, axes); });
}

// The gradient loses the margin, and gets zeros where the value lost elements: padding by the opposite amounts.
Variable pad(const Variable& x, std::span<const Index> amounts, double value) {
  Tensor padded = pad(x.value(), amounts, value);
  std::vector<Index> opposite;
  for (const Index amount : amounts) opposite.push_back(-amount);
  return record("pad", {x}, std::move(padded), Save::nothing,
                [opposite = std::move(opposite)](const Saved&, const Variable& grad) { return pad(grad, opposite); });
}

Variable pad(const Variable& x, std::initializer_list<Index> amounts, double value) {
  return pad(x, std::span(amounts.begin(), amounts.size()), value);
}

namespace {

// x by the index of the entry that each repeat is of.
template <class Repeats>
Variable repeated(const Variable& x, const Repeats& repeats, int dim) {
  const Index extent = x.shape(resolve_dim("repeat_interleave", dim, x.shape()));
  return index_select(x, dim, repeat_interleave(arange(static_cast<double>(extent)), repeats, 0));
}

}  // namespace

Variable repeat_interleave(const Variable& x, Index repeats, int dim) { return repeated(x, repeats, dim); }
Variable repeat_interleave(const Variable& x, const Tensor& repeats, int dim) { return repeated(x, repeats, dim); }

}  // namespace glance
