// Copies of a tensor's elements in another arrangement: turned round, padded, repeated.
#include "glance/tensor/arrange.h"

#include <algorithm>

#include "glance/tensor/check.h"
#include "glance/tensor/create.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/number.h"
#include "glance/tensor/view.h"

namespace glance {

Tensor flip(const Tensor& x, const Axes& axes) {
  const auto reversed = resolve_axes("flip", axes, x.shape());
  if (x.numel() == 0) return x;
  Strides strides = x.strides();
  Index last = 0;  // of the elements in a reversed order
  for (int d = 0; d < x.rank(); ++d) {
    const auto i = static_cast<std::size_t>(d);
    if (!reversed[i]) continue;
    last += (x.shape()[d] - 1) * strides[i];
    strides[i] = -strides[i];
  }
  return copy(Tensor(x, x.shape(), strides, last));
}

namespace {

// The extent of a dimension with margins, which may be negative. Error when nothing is left or it is beyond all memory.
Index padded_extent(const Tensor& x, int dim, Index before, Index after) {
  constexpr Index limit = Index{1} << 56;
  const Index extent = x.shape()[dim];
  const auto possible = [](Index amount) { return amount >= -limit && amount <= limit; };
  if (!possible(before) || !possible(after) || extent + before + after < 0 || extent + std::min(before, after) < 0)
    throw Error(formatted("pad: {} and {} entries more in dimension {} of {}: there is no such extent", before, after,
                          dim, to_string(x.shape())));
  return extent + before + after;
}

}  // namespace

Tensor pad(const Tensor& x, std::span<const Index> amounts, double value) {
  if (amounts.size() % 2 != 0 || amounts.size() / 2 > static_cast<std::size_t>(x.rank()))
    throw Error(formatted("pad: {} amounts for {}: give two for each dimension, from the last backwards",
                          amounts.size(), to_string(x.shape())));
  const Number margin("pad", value, x.dtype());  // its own error, rather than that of full()
  Shape shape = x.shape();
  Tensor kept = x;  // what is not cut off
  for (std::size_t i = 0; i < amounts.size(); i += 2) {
    const int dim = x.rank() - 1 - static_cast<int>(i / 2);
    shape[dim] = padded_extent(x, dim, amounts[i], amounts[i + 1]);
    kept = slice(kept, dim, std::max<Index>(0, -amounts[i]), x.shape()[dim] + std::min<Index>(0, amounts[i + 1]));
  }
  Tensor result = full(shape, value, x.dtype());
  Tensor place = result;
  for (std::size_t i = 0; i < amounts.size(); i += 2) {
    const int dim = x.rank() - 1 - static_cast<int>(i / 2);
    const Index from = std::max<Index>(0, amounts[i]);
    place = slice(place, dim, from, from + kept.shape()[dim]);
  }
  if (kept.numel() > 0) assign(place, kept);
  return result;
}

Tensor pad(const Tensor& x, std::initializer_list<Index> amounts, double value) {
  return pad(x, std::span(amounts.begin(), amounts.size()), value);
}

namespace {

// The indices by which index_select repeats entries: 0 repeats[0] times, 1 repeats[1] times, ….
Tensor repeated_indices(const Tensor& repeats) {
  const Tensor dense = contiguous(repeats);
  Index total = 0;
  for (const Index count : dense.values<Index>())
    if (count < 0 || __builtin_add_overflow(total, count, &total))
      throw Error(formatted("repeat_interleave: {} times: give numbers from 0, of a sum that memory can hold", count));
  Tensor indices({total}, i64);
  Index* next = indices.write<Index>();
  Index entry = 0;
  for (const Index count : dense.values<Index>()) next = std::fill_n(next, count, entry++);
  return indices;
}

}  // namespace

Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, int dim) {
  const int d = resolve_dim("repeat_interleave", dim, x.shape());
  check_argument("repeat_interleave", "repeats", repeats, {x.shape()[d]}, i64);
  return index_select(x, d, repeated_indices(repeats));
}

Tensor repeat_interleave(const Tensor& x, Index repeats, int dim) {
  const int d = resolve_dim("repeat_interleave", dim, x.shape());
  const Tensor count({}, i64);
  *count.write<Index>() = repeats;
  return repeat_interleave(x, expand(count, {x.shape()[d]}), d);
}

}  // namespace glance
