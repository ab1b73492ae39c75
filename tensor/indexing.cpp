// Gather, scatter and their relatives. A tensor is taken as a list of entries along one dimension, and places named
// often are added up in f64.
#include "glance/tensor/indexing.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "glance/tensor/check.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise_loops.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/number.h"
#include "glance/tensor/view.h"
#include "glance/tensor/walk.h"

namespace glance {

namespace {

void check_index_type(const char* operation, const Tensor& indices) {
  if (indices.dtype() != i64)
    throw Error(
        formatted("{}: indices are {}, expected i64: convert with to(x, i64)", operation, name(indices.dtype())));
}

// Says which of the indices is not below `bound`, `what`'s extent.
[[noreturn]] void throw_out_of_range(const char* operation, const Tensor& indices, Index bound,
                                     const std::string& what) {
  const auto values = indices.values<Index>();
  const auto wrong = std::find_if(values.begin(), values.end(), [&](Index i) { return i < 0 || i >= bound; });
  Index rest = wrong - values.begin();
  Shape place = indices.shape();
  for (int d = place.rank() - 1; d >= 0; --d) {
    place[d] = rest % indices.shape()[d];
    rest /= indices.shape()[d];
  }
  throw Error(formatted("{}: index {} at {} is out of range: {} has {} entries, counted from 0", operation, *wrong,
                        to_string(place), what, bound));
}

// The indices, dense and each in 0 … bound - 1. `describe` says what they index, for the error.
template <class F>
Tensor checked_indices(const char* operation, const Tensor& indices, Index bound, F&& describe) {
  check_index_type(operation, indices);
  Tensor dense = contiguous(indices);
  bool wrong = false;
  for (const Index i : dense.values<Index>())
    wrong |= static_cast<std::uint64_t>(i) >= static_cast<std::uint64_t>(bound);  // a negative one is huge
  if (wrong) throw_out_of_range(operation, dense, bound, describe());
  return dense;
}

Tensor checked_indices(const char* operation, const Tensor& indices, int dim, const Shape& shape) {
  return checked_indices(operation, indices, shape[dim],
                         [&] { return formatted("dimension {} of {}", dim, to_string(shape)); });
}

// The strides of all dimensions but `dim`, along which one does not move.
Strides strides_but(const Tensor& x, int dim) {
  Strides strides = x.strides();
  strides[static_cast<std::size_t>(dim)] = 0;
  return strides;
}

// Error unless `indices` has x's rank, and none of its extents but that of `but` is larger than x's.
void check_fits(const char* operation, const char* what, const Tensor& indices, const Shape& x, int but) {
  bool fits = indices.rank() == x.rank();
  for (int d = 0; fits && d < x.rank(); ++d) fits = d == but || indices.shape()[d] <= x[d];
  if (fits) return;
  const std::string except = but < 0 ? "" : formatted(", except in dimension {}", but);
  throw Error(formatted("{}: indices {} do not fit {} {}: the ranks must be equal and no extent larger{}", operation,
                        to_string(indices.shape()), what, to_string(x), except));
}

// A tensor as a list of entries along one dimension: `outer` are the dimensions before it, and the `inner` elements of
// those after it lie together; a tensor in which they do not is copied.
struct Entries {
  Tensor tensor;
  Shape outer;
  Index inner;
  Index step;  // from entry to entry

  Entries(const Tensor& x, int dim) : tensor(x), outer(std::span<const Index>(x.shape()).first(at(dim))) {
    const Shape after(std::span<const Index>(x.shape()).subspan(at(dim) + 1));
    Strides strides{};
    std::copy_n(x.strides().begin() + dim + 1, after.rank(), strides.begin());
    if (!is_dense(after, strides)) tensor = copy(x);
    inner = after.numel();
    step = tensor.strides()[at(dim)];
  }

 private:
  static std::size_t at(int dim) { return static_cast<std::size_t>(dim); }
};

// Calls f(a, b) with the places of entry indices[i] of `indexed` and of entry i of `listed`, for each i in order; and
// all of this for each place in the outer dimensions, which both have.
template <class A, class B, class F>
void for_each_entry(A* indexed, const Entries& to, B* listed, const Entries& from, std::span<const Index> indices,
                    F&& f) {
  if (to.inner == 0) return;
  const Walk<2> walk(to.outer, {to.tensor.strides(), from.tensor.strides()});
  const auto steps = walk.row_steps();
  walk.for_each_row([&](const auto& offsets) {
    for (Index outer = 0; outer < walk.row_length(); ++outer) {
      A* a = indexed + offsets[0] + outer * steps[0];
      B* b = listed + offsets[1] + outer * steps[1];
      for (const Index i : indices) {
        f(a + i * to.step, b);
        b += from.step;
      }
    }
  });
}

// result[i] = x[indices[i]] along `dim`; `result` is dense.
void select_entries(const Tensor& result, const Tensor& x, int dim, std::span<const Index> indices) {
  const Entries from(x, dim);
  const Entries to(result, dim);
  dispatch(x.dtype(), [&]<class T>() {
    for_each_entry(from.tensor.read<T>(), from, result.write<T>(), to, indices,
                   [inner = from.inner](const T* a, T* b) { std::copy_n(a, inner, b); });
  });
}

// f32 numbers that are added to one place are added in double when they are more: the error grows with their number.
constexpr Index most_in_float = 64;

// Whether an index, each of them below `bound`, is there more than most_in_float times.
bool repeats_often(std::span<const Index> indices, Index bound) {
  if (static_cast<Index>(indices.size()) <= most_in_float) return false;
  std::vector<Index> count(static_cast<std::size_t>(bound));
  Index most = 0;
  for (const Index i : indices) most = std::max(most, ++count[static_cast<std::size_t>(i)]);
  return most > most_in_float;
}

// The different indices of a list, each below `bound`, and for each of the list which of them it is.
struct Numbered {
  std::vector<Index> different, which;

  Numbered(std::span<const Index> indices, Index bound) {
    constexpr Index unseen = -1;
    std::vector<Index> number(static_cast<std::size_t>(bound), unseen);
    which.reserve(indices.size());
    for (const Index i : indices) {
      Index& n = number[static_cast<std::size_t>(i)];
      if (n == unseen) {
        n = static_cast<Index>(different.size());
        different.push_back(i);
      }
      which.push_back(n);
    }
  }
};

// result[indices[i]] += source[i] along `dim`; entries of `result` are not in need of a copy.
void add_entries(const char* operation, const Entries& result, const Tensor& source, int dim,
                 std::span<const Index> indices) {
  if (source.dtype() == f32 && repeats_often(indices, result.tensor.shape()[dim])) {
    const Numbered named(indices, result.tensor.shape()[dim]);
    Shape shape = source.shape();
    shape[dim] = static_cast<Index>(named.different.size());
    const Tensor sums = zeros(shape, f64);
    add_entries(operation, Entries(sums, dim), to(source, f64), dim, named.which);
    return add_entries(operation, result, to(sums, f32), dim, named.different);
  }
  const Entries from(source, dim);
  detail::dispatch_numeric(operation, source.dtype(), [&]<class T>() {
    for_each_entry(result.tensor.write<T>(), result, from.tensor.read<T>(), from, indices,
                   [inner = from.inner](T* a, const T* b) {
                     for (Index j = 0; j < inner; ++j) a[j] = wrapping_sum(a[j], b[j]);
                   });
  });
}

void check_vector(const char* operation, const Tensor& indices) {
  if (indices.rank() != 1)
    throw Error(formatted("{}: indices are {}, expected [n]", operation, to_string(indices.shape())));
}

void check_table(const char* operation, const Tensor& table) {
  if (table.rank() != 2)
    throw Error(formatted("{}: the table is {}, expected [n, features]", operation, to_string(table.shape())));
}

}  // namespace

Tensor gather(const Tensor& x, int dim, const Tensor& indices) {
  const int d = resolve_dim("gather", dim, x.shape());
  check_fits("gather", "x", indices, x.shape(), d);
  const Tensor at = checked_indices("gather", indices, d, x.shape());
  Tensor result(indices.shape(), x.dtype());
  const Walk<2> walk(indices.shape(), {at.strides(), strides_but(x, d)});
  const Index n = walk.row_length();
  const Index x_step = walk.row_steps()[1];
  const Index entry = x.strides()[static_cast<std::size_t>(d)];
  dispatch(x.dtype(), [&]<class T>() {
    const T* from = x.read<T>();
    const Index* index = at.read<Index>();
    T* to = result.write<T>();
    walk.for_each_row([&](const auto& offsets) {
      const Index* i = index + offsets[0];
      for (Index j = 0; j < n; ++j) to[offsets[0] + j] = from[offsets[1] + j * x_step + i[j] * entry];
    });
  });
  return result;
}

Tensor scatter_add(const Tensor& x, int dim, const Tensor& indices, const Tensor& source) {
  const int d = resolve_dim("scatter_add", dim, x.shape());
  detail::check_same_dtype("scatter_add", x, source);
  check_fits("scatter_add", "x", indices, x.shape(), d);
  check_fits("scatter_add", "source", indices, source.shape(), -1);
  const Tensor at = checked_indices("scatter_add", indices, d, x.shape());
  if (x.dtype() == f32 && indices.shape()[d] > most_in_float)  // all of them may name one place
    return to(scatter_add(to(x, f64), d, indices, to(source, f64)), f32);
  Tensor result = copy(x);
  const Walk<3> walk(indices.shape(), {at.strides(), strides_but(result, d), source.strides()});
  const Index n = walk.row_length();
  const auto steps = walk.row_steps();
  const Index entry = result.strides()[static_cast<std::size_t>(d)];
  detail::dispatch_numeric("scatter_add", x.dtype(), [&]<class T>() {
    T* to = result.write<T>();
    const Index* index = at.read<Index>();
    const T* from = source.read<T>();
    walk.for_each_row([&](const auto& offsets) {
      const Index* i = index + offsets[0];
      for (Index j = 0; j < n; ++j) {
        T& sum = to[offsets[1] + j * steps[1] + i[j] * entry];
        sum = wrapping_sum(sum, from[offsets[2] + j * steps[2]]);
      }
    });
  });
  return result;
}

namespace {

// A copy of x with combine(old, new) in each place that `indices` name along `dim`, `new` being the element of `source`
// that goes there, one after the other.
template <class T, class Combine>
Tensor scattered(const char* operation, const Tensor& x, int dim, const Tensor& indices, const Tensor& source,
                 const Combine& combine) {
  const int d = resolve_dim(operation, dim, x.shape());
  detail::check_same_dtype(operation, x, source);
  check_fits(operation, "x", indices, x.shape(), d);
  check_fits(operation, "source", indices, source.shape(), -1);
  const Tensor at = checked_indices(operation, indices, d, x.shape());
  Tensor result = copy(x);
  const Walk<3> walk(indices.shape(), {at.strides(), strides_but(result, d), source.strides()});
  const auto [index_step, to_step, from_step] = walk.row_steps();
  const Index entry = result.strides()[static_cast<std::size_t>(d)];
  T* to = result.write<T>();
  const T* from = source.read<T>();
  const Index* index = at.read<Index>();
  walk.for_each_row([&, index_step = index_step, to_step = to_step, from_step = from_step](const auto& offsets) {
    for (Index j = 0; j < walk.row_length(); ++j) {
      T& place = to[offsets[1] + j * to_step + index[offsets[0] + j * index_step] * entry];
      place = combine(place, from[offsets[2] + j * from_step]);
    }
  });
  return result;
}

}  // namespace

Tensor scatter(const Tensor& x, int dim, const Tensor& indices, const Tensor& source) {
  return dispatch(x.dtype(), [&]<class T>() {
    return scattered<T>("scatter", x, dim, indices, source, [](T, T next) { return next; });
  });
}

Tensor scatter(const Tensor& x, int dim, const Tensor& indices, double value) {
  const Number number("scatter", value, x.dtype());
  const Tensor element({}, x.dtype());
  dispatch(x.dtype(), [&]<class T>() { *element.write<T>() = number.get<T>(); });
  return scatter(x, dim, indices, expand(element, indices.shape()));
}

Tensor scatter_reduce(const Tensor& x, int dim, const Tensor& indices, const Tensor& source, ScatterReduce reduce) {
  return detail::dispatch_numeric("scatter_reduce", x.dtype(), [&]<class T>() {
    const bool largest = reduce == ScatterReduce::amax;
    // Once NaN, no comparison replaces it; and a new one is kept.
    return scattered<T>("scatter_reduce", x, dim, indices, source, [largest](T old, T next) {
      return (largest ? next > old : next < old) || next != next ? next : old;
    });
  });
}

Tensor index_select(const Tensor& x, int dim, const Tensor& indices) {
  const int d = resolve_dim("index_select", dim, x.shape());
  check_vector("index_select", indices);
  const Tensor at = checked_indices("index_select", indices, d, x.shape());
  Shape shape = x.shape();
  shape[d] = indices.numel();
  Tensor result(shape, x.dtype());
  select_entries(result, x, d, at.values<Index>());
  return result;
}

Tensor index_add(const Tensor& x, int dim, const Tensor& indices, const Tensor& source) {
  const int d = resolve_dim("index_add", dim, x.shape());
  check_vector("index_add", indices);
  Shape shape = x.shape();
  shape[d] = indices.numel();
  check_argument("index_add", "source", source, shape, x.dtype());
  const Tensor at = checked_indices("index_add", indices, d, x.shape());
  Tensor result = copy(x);
  add_entries("index_add", Entries(result, d), source, d, at.values<Index>());
  return result;
}

Tensor take_rows(const Tensor& table, const Tensor& indices, const char* operation) {
  check_table(operation, table);
  const Tensor at = checked_indices(operation, indices, 0, table.shape());
  Shape shape = indices.shape();
  shape.push_back(table.shape()[1]);
  Tensor result(shape, table.dtype());
  select_entries(reshape(result, {indices.numel(), table.shape()[1]}), table, 0, at.values<Index>());
  return result;
}

void add_rows_into(const Tensor& table, const Tensor& indices, const Tensor& rows) {
  check_table("add_rows_into", table);
  Shape shape = indices.shape();
  shape.push_back(table.shape()[1]);
  check_argument("add_rows_into", "rows", rows, shape, table.dtype());
  const Entries entries(table, 0);
  if (!entries.tensor.shares_storage(table))
    throw Error(formatted("add_rows_into: the rows of the table {} are not contiguous", to_string(table.shape())));
  const Tensor at = checked_indices("add_rows_into", indices, 0, table.shape());
  add_entries("add_rows_into", entries, reshape(rows, {indices.numel(), table.shape()[1]}), 0, at.values<Index>());
}

Tensor one_hot(const Tensor& indices, Index classes, DType dtype) {
  if (classes < 0) throw Error(formatted("one_hot: {} classes: give at least 0", classes));
  const Tensor at = checked_indices("one_hot", indices, classes, [] { return std::string("the result"); });
  Shape shape = indices.shape();
  shape.push_back(classes);
  Tensor result(shape, dtype);
  dispatch(dtype, [&]<class T>() {
    T* row = result.write<T>();
    std::fill_n(row, result.numel(), T(0));
    for (const Index i : at.values<Index>()) {
      row[i] = T(1);
      row += classes;
    }
  });
  return result;
}

namespace {

// A copy of x with zeros in part of each row: zeros(i) gives the first column and the one after the last.
template <class F>
Tensor with_zeros(const char* operation, const Tensor& x, F&& zeros) {
  if (x.rank() < 2)
    throw Error(formatted("{}: {} has no matrices: give at least two dimensions", operation, to_string(x.shape())));
  Tensor result = copy(x);
  const Index rows = x.shape()[x.rank() - 2];
  const Index columns = x.shape().back();
  dispatch(x.dtype(), [&]<class T>() {
    T* row = result.write<T>();
    const T* end = row + result.numel();
    for (Index i = 0; row != end; i = i + 1 == rows ? 0 : i + 1, row += columns) {
      const auto [from, to] = zeros(i, columns);
      std::fill(row + from, row + to, T(0));
    }
  });
  return result;
}

// The first column right of row i's place on the diagonal, moved into the matrix.
Index right_of_diagonal(Index i, Index diagonal, Index columns) {
  return diagonal >= columns ? columns : std::clamp<Index>(i + diagonal + 1, 0, columns);
}

}  // namespace

Tensor tril(const Tensor& x, Index diagonal) {
  return with_zeros("tril", x, [diagonal](Index i, Index columns) {
    return std::pair(right_of_diagonal(i, diagonal, columns), columns);
  });
}

Tensor triu(const Tensor& x, Index diagonal) {
  return with_zeros("triu", x, [diagonal](Index i, Index columns) {
    return std::pair(Index{0}, diagonal > columns ? columns : std::clamp<Index>(i + diagonal, 0, columns));
  });
}

}  // namespace glance
