// All reductions by one way through memory: dimensions are merged into groups, and the innermost are reduced as rows or
// as columns.
#include "glance/tensor/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/elementwise_loops.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/row_kernels.h"
#include "glance/tensor/view.h"
#include "glance/tensor/walk.h"

namespace glance {

namespace {

template <class T>
bool is_nan_number(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return std::isnan(x);
  else
    return false;
}

using Flags = std::array<bool, max_rank>;

// The reducers: what a result starts from, and how one more element joins it.

struct Sum {
  template <class T>
  static constexpr T start() {
    return T{0};
  }
  template <class T>
  static T combine(T a, T b) {
    return wrapping_sum(a, b);
  }
};

struct Product {
  template <class T>
  static constexpr T start() {
    return T{1};
  }
  template <class T>
  static T combine(T a, T b) {
    if constexpr (std::is_same_v<T, std::int64_t>)
      return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    else
      return a * b;
  }
};

struct Max {
  template <class T>
  static constexpr T start() {
    using Limits = std::numeric_limits<T>;
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  }
  template <class T>
  static T combine(T a, T b) {
    return ((b > a) | (b != b)) ? b : a;  // NaN if either is
  }
};

struct Min {
  template <class T>
  static constexpr T start() {
    using Limits = std::numeric_limits<T>;
    return Limits::has_infinity ? Limits::infinity() : Limits::max();
  }
  template <class T>
  static T combine(T a, T b) {
    return ((b < a) | (b != b)) ? b : a;  // NaN if either is
  }
};

struct Any {
  template <class T>
  static constexpr T start() {
    return false;
  }
  template <class T>
  static T combine(T a, T b) {
    return a | b;  // || would branch
  }
};

struct All {
  template <class T>
  static constexpr T start() {
    return true;
  }
  template <class T>
  static T combine(T a, T b) {
    return a & b;
  }
};

template <class Reducer, class T, class Term>
T reduce_terms(Index n, const Term& term) {
  if constexpr (std::is_same_v<Reducer, Sum> && std::is_floating_point_v<T>)
    return detail::sum_terms<T>(n, term);
  else
    return detail::combine_row(Index{0}, n, Reducer::template start<T>(), term,
                               [](T& a, const T& b) { a = Reducer::combine(a, b); });
}

template <class Reducer, class T>
T reduce_row(const T* x, Index n, Index step) {
  if (step == 1) return reduce_terms<Reducer, T>(n, [x](Index i) { return x[i]; });
  return reduce_terms<Reducer, T>(n, [x, step](Index i) { return x[i * step]; });
}

// out[c] is what rows 0 … rows - 1 of column c come to. The rows are added in blocks, whose results are put together in
// double for f32 sums, so that the error does not grow with their number.
template <class Reducer, class T>
void reduce_columns(T* out, const T* x, Index rows, Index row_step, Index columns, Index column_step) {
  using Wide = std::conditional_t<std::is_same_v<T, float>, double, T>;
  constexpr Index block = 64;   // rows
  constexpr Index tile = 1024;  // columns: they stay in the first cache from row to row
  for (Index from = 0; from < columns; from += tile, out += tile, x += tile * column_step) {
    const Index width = std::min(tile, columns - from);
    T part[tile];
    Wide total[tile];
    for (Index top = 0; top < rows; top += block) {
      const Index end = std::min(rows, top + block);
      std::fill_n(part, width, Reducer::template start<T>());
      for (Index r = top; r < end; ++r) {
        const T* row = x + r * row_step;
        if (column_step == 1) {
          for (Index c = 0; c < width; ++c) part[c] = Reducer::combine(part[c], row[c]);
        } else {
          for (Index c = 0; c < width; ++c) part[c] = Reducer::combine(part[c], row[c * column_step]);
        }
      }
      for (Index c = 0; c < width; ++c)
        total[c] = top == 0 ? static_cast<Wide>(part[c]) : Reducer::combine(total[c], static_cast<Wide>(part[c]));
    }
    for (Index c = 0; c < width; ++c) out[c] = static_cast<T>(total[c]);
  }
}

// Neighbouring dimensions with one fate, reduced or kept, that lie in memory as one.
struct Group {
  Index extent;
  Index step;
  bool reduced;
};

// Outermost first.
struct Groups {
  std::array<Group, max_rank + 2> list;
  std::size_t count = 0;

  // Puts a group inside the others, or makes the innermost longer by it.
  void append(Group group) {
    if (count > 0) {
      Group& last = list[count - 1];
      if (last.reduced == group.reduced && last.step == group.step * group.extent) {
        last.extent *= group.extent;
        last.step = group.step;
        return;
      }
    }
    list[count++] = group;
  }

  void insert(std::size_t at, Group group) {
    for (std::size_t i = count++; i > at; --i) list[i] = list[i - 1];
    list[at] = group;
  }
};

Groups groups_of(const Tensor& x, const Flags& reduced) {
  Groups groups;
  for (int d = 0; d < x.rank(); ++d) {
    const auto i = static_cast<std::size_t>(d);
    if (x.shape()[d] != 1) groups.append({x.shape()[d], x.strides()[i], reduced[i]});
  }
  return groups;
}

// How many kept groups lie inside the innermost reduced one.
std::size_t kept_inside(const Groups& groups) {
  std::size_t kept = 0;
  while (kept < groups.count && !groups.list[groups.count - 1 - kept].reduced) ++kept;
  return kept;
}

// Makes the last two groups the rows, which are reduced, and the columns, which are kept, by groups of extent 1 where
// there are none.
void end_in_rows_and_columns(Groups& groups) {
  auto& list = groups.list;
  if (kept_inside(groups) == groups.count)
    groups.insert(groups.count - std::min<std::size_t>(groups.count, 1), {1, 0, true});
  if (kept_inside(groups) > 0) return;
  // To reduce the far dimension of a transposed matrix is to reduce columns.
  const std::size_t last = groups.count - 1;
  if (list[last].step != 1 && last > 0 && !list[last - 1].reduced && list[last - 1].step == 1)
    std::swap(list[last - 1], list[last]);
  else
    list[groups.count++] = {1, 1, false};
}

// Reduces x, which lies as the groups say and has elements, to the kept groups in dense order. At most one of them is
// inside the innermost reduced one. That one is done first; what is to be reduced further out is done to its result.
template <class Reducer, class T>
void reduce_groups(T* out, const T* x, Groups groups) {
  end_in_rows_and_columns(groups);
  const Group columns = groups.list[--groups.count];
  const Group rows = groups.list[--groups.count];

  Shape outer;
  Strides outer_steps{};
  bool more = false;
  for (std::size_t g = 0; g < groups.count; ++g) {
    outer.push_back(groups.list[g].extent);
    outer_steps[g] = groups.list[g].step;
    more |= groups.list[g].reduced;
  }
  const Index size = outer.numel() * columns.extent;
  const Tensor between = more ? Tensor({size}, dtype_of<T>) : Tensor();

  T* next = more ? between.write<T>() : out;
  const Walk<1> walk(outer, {outer_steps});
  // Many short rows go faster side by side, as columns, than each by itself.
  const bool side_by_side = columns.extent == 1 && rows.extent <= 16;
  walk.for_each_row([&](const auto& offsets) {
    if (side_by_side) {
      reduce_columns<Reducer>(next, x + offsets[0], rows.extent, rows.step, walk.row_length(), walk.row_steps()[0]);
      next += walk.row_length();
      return;
    }
    for (Index i = 0; i < walk.row_length(); ++i, next += columns.extent) {
      const T* from = x + offsets[0] + i * walk.row_steps()[0];
      if (columns.extent == 1 || rows.step == 1) {
        for (Index c = 0; c < columns.extent; ++c)
          next[c] = reduce_row<Reducer>(from + c * columns.step, rows.extent, rows.step);
      } else {
        reduce_columns<Reducer>(next, from, rows.extent, rows.step, columns.extent, columns.step);
      }
    }
  });
  if (!more) return;

  Groups rest;
  const Strides steps = dense_strides(outer);
  for (std::size_t g = 0; g < groups.count; ++g)
    rest.append({groups.list[g].extent, steps[g] * columns.extent, groups.list[g].reduced});
  if (columns.extent > 1) rest.append({columns.extent, 1, false});
  reduce_groups<Reducer, T>(out, between.read<T>(), rest);
}

// The one way into a reduction: x with the flagged dimensions reduced, as a new tensor of `shape`.
template <class Reducer, class T>
Tensor reduce(const Tensor& x, const Flags& reduced, const Shape& shape) {
  const Tensor result(shape, dtype_of<T>);
  T* out = result.write<T>();
  if (x.numel() == 0) {
    std::fill_n(out, result.numel(), Reducer::template start<T>());
    return result;
  }
  if (result.numel() == 1 && x.is_dense()) {  // nothing to plan, which for a few numbers is most of the work
    *out = reduce_row<Reducer>(x.read<T>(), x.numel(), 1);
    return result;
  }
  const Groups groups = groups_of(x, reduced);
  if (kept_inside(groups) <= 1) {
    reduce_groups<Reducer, T>(out, x.read<T>(), groups);
  } else {
    const Tensor dense = contiguous(x);
    reduce_groups<Reducer, T>(out, dense.read<T>(), groups_of(dense, reduced));
  }
  return result;
}

template <class Reducer>
Tensor reduce_numeric(const char* operation, const Tensor& x, const Flags& reduced, const Shape& shape) {
  return detail::dispatch_numeric(operation, x.dtype(),
                                  [&]<class T>() { return reduce<Reducer, T>(x, reduced, shape); });
}

template <class Reducer>
Tensor extreme(const char* operation, const Tensor& x, const Axes& axes, bool keepdim) {
  const Flags reduced = resolve_axes(operation, axes, x.shape());
  const Shape shape = reduced_shape(x.shape(), reduced, keepdim);
  if (x.numel() == 0 && shape.numel() > 0)
    throw Error(formatted("{}: {}: nothing has no {}: reduce a dimension that has elements", operation,
                          to_string(x.shape()), operation));
  return reduce_numeric<Reducer>(operation, x, reduced, shape);
}

template <class Reducer>
Tensor reduce_boolean(const char* operation, const Tensor& x, const Axes& axes, bool keepdim) {
  detail::check_boolean(operation, x);
  const Flags reduced = resolve_axes(operation, axes, x.shape());
  return reduce<Reducer, bool>(x, reduced, reduced_shape(x.shape(), reduced, keepdim));
}

template <class Reducer>
Tensor position_of_extreme(const char* operation, const Tensor& x, int dim, bool keepdim) {
  dim = resolve_dim(operation, dim, x.shape());
  const Index n = x.shape()[dim];
  Flags reduced{};
  reduced[static_cast<std::size_t>(dim)] = true;
  const Tensor result(reduced_shape(x.shape(), reduced, keepdim), i64);
  if (n == 0 && result.numel() > 0)
    throw Error(formatted("{}: {}: dimension {} has no elements", operation, to_string(x.shape()), dim));

  Shape others = x.shape();
  others[dim] = 1;
  const Index step = x.strides()[static_cast<std::size_t>(dim)];
  Index* out = result.write<Index>();
  detail::dispatch_numeric(operation, x.dtype(), [&]<class T>() {
    const T* data = x.read<T>();
    const Walk<1> walk(others, {x.strides()});
    walk.for_each_row([&](const auto& offsets) {
      for (Index i = 0; i < walk.row_length(); ++i) {
        const T* row = data + offsets[0] + i * walk.row_steps()[0];
        const T best = reduce_row<Reducer>(row, n, step);
        Index at = 0;
        while (row[at * step] != best && !is_nan_number(row[at * step])) ++at;
        *out++ = at;
      }
    });
  });
  return result;
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdim) {
  const Flags reduced = resolve_axes("sum", axes, x.shape());
  const Shape shape = reduced_shape(x.shape(), reduced, keepdim);
  return reduce_numeric<Sum>("sum", x.dtype() == boolean ? to(x, i64) : x, reduced, shape);
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdim) {
  if (!is_floating(x.dtype())) throw_not_floating("mean", x.dtype());
  const Flags reduced = resolve_axes("mean", axes, x.shape());
  double count = 1;
  for (int d = 0; d < x.rank(); ++d)
    if (reduced[static_cast<std::size_t>(d)]) count *= static_cast<double>(x.shape()[d]);
  return reduce_numeric<Sum>("mean", x, reduced, reduced_shape(x.shape(), reduced, keepdim)) / count;
}

Tensor prod(const Tensor& x, const Axes& axes, bool keepdim) {
  const Flags reduced = resolve_axes("prod", axes, x.shape());
  const Shape shape = reduced_shape(x.shape(), reduced, keepdim);
  return reduce_numeric<Product>("prod", x.dtype() == boolean ? to(x, i64) : x, reduced, shape);
}

Tensor max(const Tensor& x, const Axes& axes, bool keepdim) { return extreme<Max>("max", x, axes, keepdim); }
Tensor min(const Tensor& x, const Axes& axes, bool keepdim) { return extreme<Min>("min", x, axes, keepdim); }

Tensor argmax(const Tensor& x, int dim, bool keepdim) { return position_of_extreme<Max>("argmax", x, dim, keepdim); }
Tensor argmin(const Tensor& x, int dim, bool keepdim) { return position_of_extreme<Min>("argmin", x, dim, keepdim); }

Tensor logsumexp(const Tensor& x, const Axes& axes, bool keepdim) {
  if (!is_floating(x.dtype())) throw_not_floating("logsumexp", x.dtype());
  const Flags reduced = resolve_axes("logsumexp", axes, x.shape());
  const Shape shape = reduced_shape(x.shape(), reduced, keepdim);
  if (x.numel() == 0) return full(shape, -std::numeric_limits<double>::infinity(), x.dtype());
  const Tensor largest = max(x, axes, true);
  const Tensor center = where(is_finite(largest), largest, 0);  // infinity minus infinity would be NaN
  const Tensor distance = x - center;
  const Tensor is_largest = equal(distance, 0);
  // The largest add their count and the others the rest: by log(1 + rest), nothing is lost where that is little.
  const Tensor rest = sum(where(is_largest, 0, exp(distance)), axes, true);
  const Tensor count = to(sum(is_largest, axes, true), x.dtype());
  return reshape(center + where(greater(count, 0), log1p(rest + (count - 1)), log(rest)), shape);
}

Tensor any(const Tensor& x, const Axes& axes, bool keepdim) { return reduce_boolean<Any>("any", x, axes, keepdim); }
Tensor all(const Tensor& x, const Axes& axes, bool keepdim) { return reduce_boolean<All>("all", x, axes, keepdim); }

double sum_of_squares(const Tensor& x) {
  return dispatch_floating("sum_of_squares", x.dtype(), [&]<class T>() {
    const Tensor dense = contiguous(x);
    const T* data = dense.read<T>();
    const auto square_of = [data](Index i) {
      const auto value = static_cast<double>(data[i]);
      return value * value;
    };
    return detail::sum_terms<double>(x.numel(), square_of);
  });
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (!broadcasts_to(shape, x.shape()))
    throw Error(formatted("sum_to: {} to {}: the latter does not stretch to the former", to_string(x.shape()),
                          to_string(shape)));
  Flags reduced{};
  const int added = x.rank() - shape.rank();
  for (int d = 0; d < x.rank(); ++d) reduced[static_cast<std::size_t>(d)] = d < added || shape[d - added] == 1;
  return reduce_numeric<Sum>("sum_to", x, reduced, shape);
}

}  // namespace glance
