// Sort and topk by one function: a heap of the best so far, which passes over blocks that hold nothing better.
#include "glance/tensor/sort.h"

#include <algorithm>
#include <span>
#include <type_traits>
#include <vector>

#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

template <class T>
struct Ranked {
  T value;
  Index index;
};

// Whether a comes before b. NaN is greater than any number; equal values keep the order of their indices, so that there
// is only one right order.
template <class T, bool descending>
bool before(const Ranked<T>& a, const Ranked<T>& b) {
  if (a.value < b.value) return !descending;
  if (b.value < a.value) return descending;
  if constexpr (std::is_floating_point_v<T>) {
    const bool a_nan = a.value != a.value;
    const bool b_nan = b.value != b.value;
    if (a_nan != b_nan) return a_nan == descending;
  }
  return a.index < b.index;
}

// Whether any of `count` elements may come before one that is in front of them. Without a branch, so that it compares
// many at a time.
template <class T, bool descending>
bool any_before(const T* x, std::size_t count, T last) {
  bool any = false;
  for (std::size_t i = 0; i < count; ++i) any |= descending ? !(x[i] <= last) : !(x[i] >= last);  // so is any NaN
  return any;
}

// The first `k` of a row in order. Keeps the best k so far in a heap with the last of them on top, so that most of a
// long row is compared once, in blocks, and passed over.
template <class T, bool descending>
void first_of_row(std::span<const T> row, std::vector<Ranked<T>>& best, std::size_t k) {
  constexpr auto order = before<T, descending>;
  constexpr std::size_t block = 64;
  best.clear();
  if (k == 0) return;
  for (std::size_t i = 0; i < k; ++i) best.push_back({row[i], static_cast<Index>(i)});
  if (k < row.size()) std::make_heap(best.begin(), best.end(), order);
  for (std::size_t from = k; from < row.size(); from += block) {
    const std::size_t to = std::min(from + block, row.size());
    if (!any_before<T, descending>(&row[from], to - from, best.front().value)) continue;
    for (std::size_t i = from; i < to; ++i) {
      const Ranked<T> next{row[i], static_cast<Index>(i)};
      if (!order(next, best.front())) continue;
      std::pop_heap(best.begin(), best.end(), order);
      best.back() = next;
      std::push_heap(best.begin(), best.end(), order);
    }
  }
  std::sort(best.begin(), best.end(), order);
}

// Along the resolved dimension `d`.
Sorted first_along(const Tensor& x, Index k, int d, bool descending) {
  const auto swap_last = [d](const Tensor& t) { return d == t.rank() - 1 ? t : contiguous(transpose(t, d, -1)); };
  const Tensor rows = contiguous(swap_last(x));
  Shape shape = rows.shape();
  const Index length = shape.back();
  shape[shape.rank() - 1] = k;
  Tensor values(shape, x.dtype());
  Tensor indices(shape, i64);
  dispatch(x.dtype(), [&]<class T>() {
    T* value = values.write<T>();
    Index* index = indices.write<Index>();
    if (values.numel() == 0) return;
    std::vector<Ranked<T>> best;
    best.reserve(static_cast<std::size_t>(k));
    const auto all = rows.values<T>();
    const auto n = static_cast<std::size_t>(length);
    for (std::size_t start = 0; start < all.size(); start += n) {
      const auto row = all.subspan(start, n);
      if (descending)
        first_of_row<T, true>(row, best, static_cast<std::size_t>(k));
      else
        first_of_row<T, false>(row, best, static_cast<std::size_t>(k));
      for (const Ranked<T>& r : best) {
        *value++ = r.value;
        *index++ = r.index;
      }
    }
  });
  return {swap_last(values), swap_last(indices)};
}

}  // namespace

Sorted sort(const Tensor& x, int dim, bool descending) {
  const int d = resolve_dim("sort", dim, x.shape());
  return first_along(x, x.shape()[d], d, descending);
}

Tensor argsort(const Tensor& x, int dim, bool descending) {
  const int d = resolve_dim("argsort", dim, x.shape());
  return first_along(x, x.shape()[d], d, descending).indices;
}

Sorted topk(const Tensor& x, Index k, int dim, bool largest) {
  const int d = resolve_dim("topk", dim, x.shape());
  if (k < 0 || k > x.shape()[d])
    throw Error(formatted("topk: {} of dimension {} of {}: ask for 0 to {}", k, d, to_string(x.shape()), x.shape()[d]));
  return first_along(x, k, d, largest);
}

}  // namespace glance
