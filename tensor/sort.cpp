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

// The first `k` of a row in order. Keeps the best k so far in a heap with the last of them on top, so that most of a
// long row is compared once and passed over.
template <class T, bool descending>
void first_of_row(std::span<const T> row, std::vector<Ranked<T>>& best, std::size_t k) {
  constexpr auto order = before<T, descending>;
  best.clear();
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Ranked<T> next{row[i], static_cast<Index>(i)};
    if (i < k) {
      best.push_back(next);
      if (best.size() == k && k < row.size()) std::make_heap(best.begin(), best.end(), order);
    } else if (order(next, best.front())) {
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
