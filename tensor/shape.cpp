// The rules of shapes and their errors: dimensions, broadcasting, strides, reshape, products.
#include "glance/tensor/shape.h"

#include <algorithm>

#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"

namespace glance {

namespace {

[[noreturn]] void throw_too_many(std::size_t rank) {
  throw Error(formatted("shape: {} dimensions, but at most {} are supported", rank, max_rank));
}

}  // namespace

Shape::Shape(std::span<const Index> extents) : rank_(static_cast<int>(extents.size())) {
  if (extents.size() > max_rank) throw_too_many(extents.size());
  std::copy(extents.begin(), extents.end(), extents_.begin());
}

void Shape::push_back(Index extent) { insert(rank_, extent); }

void Shape::insert(int dim, Index extent) {
  if (rank_ == max_rank) throw_too_many(max_rank + 1);
  for (int i = rank_; i > dim; --i) (*this)[i] = (*this)[i - 1];
  (*this)[dim] = extent;
  ++rank_;
}

void Shape::erase(int dim) {
  for (int i = dim; i + 1 < rank_; ++i) (*this)[i] = (*this)[i + 1];
  --rank_;
}

Index checked_numel(const char* operation, const Shape& shape) {
  Index product = 1;
  bool empty = false, fits = true;
  for (const Index extent : shape) {
    if (extent < 0) throw Error(formatted("{}: shape {} has a negative extent", operation, to_string(shape)));
    if (extent == 0)
      empty = true;
    else
      fits = fits && !__builtin_mul_overflow(product, extent, &product);
  }
  if (!fits) throw Error(formatted("{}: shape {} has too many elements", operation, to_string(shape)));
  return empty ? 0 : product;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (int i = 0; i < shape.rank(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

Axes::Axes(std::initializer_list<int> axes) : count_(static_cast<int>(axes.size())) {
  if (axes.size() > max_rank) throw_too_many(axes.size());
  std::copy(axes.begin(), axes.end(), axes_.begin());
}

int resolve_dim(const char* operation, int dim, const Shape& shape) {
  const int resolved = dim < 0 ? dim + shape.rank() : dim;
  if (resolved < 0 || resolved >= shape.rank())
    throw Error(formatted("{}: {} has no dimension {}", operation, to_string(shape), dim));
  return resolved;
}

int resolve_new_dim(const char* operation, int dim, const Shape& shape) {
  const int resolved = dim < 0 ? dim + shape.rank() + 1 : dim;
  if (resolved < 0 || resolved > shape.rank())
    throw Error(formatted("{}: no place {} for a new dimension of {}: give one from {} to {}", operation, dim,
                          to_string(shape), -shape.rank() - 1, shape.rank()));
  return resolved;
}

Index resolve_index(const char* operation, Index index, int dim, const Shape& shape) {
  const Index extent = shape[dim];
  const Index resolved = index < 0 ? index + extent : index;
  if (extent == 0)
    throw Error(
        formatted("{}: index {} of dimension {} of {}, which is empty", operation, index, dim, to_string(shape)));
  if (resolved < 0 || resolved >= extent)
    throw Error(formatted("{}: index {} is out of range for dimension {} of {}: give one from {} to {}", operation,
                          index, dim, to_string(shape), -extent, extent - 1));
  return resolved;
}

std::array<bool, max_rank> resolve_axes(const char* operation, const Axes& axes, const Shape& shape) {
  std::array<bool, max_rank> flags{};
  if (axes.all()) {
    std::fill_n(flags.begin(), shape.rank(), true);
    return flags;
  }
  for (const int axis : axes.list()) {
    bool& flag = flags[static_cast<std::size_t>(resolve_dim(operation, axis, shape))];
    if (flag) throw Error(formatted("{}: dimension {} of {} is named twice", operation, axis, to_string(shape)));
    flag = true;
  }
  return flags;
}

Shape reduced_shape(const Shape& shape, const std::array<bool, max_rank>& reduced, bool keepdim) {
  Shape result;
  for (int i = 0; i < shape.rank(); ++i) {
    if (!reduced[static_cast<std::size_t>(i)])
      result.push_back(shape[i]);
    else if (keepdim)
      result.push_back(1);
  }
  return result;
}

Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape result = longer;
  for (int i = 1; i <= shorter.rank(); ++i) {
    Index& extent = result[longer.rank() - i];
    const Index other = shorter[shorter.rank() - i];
    if (extent == 1)
      extent = other;
    else if (other != 1 && other != extent)
      throw Error(
          formatted("{}: {} and {} do not broadcast: counted from the last dimension, extents must be equal or 1",
                    operation, to_string(a), to_string(b)));
  }
  return result;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  if (from.rank() > to.rank()) return false;
  for (int i = 1; i <= from.rank(); ++i) {
    const Index extent = from[from.rank() - i];
    if (extent != 1 && extent != to[to.rank() - i]) return false;
  }
  return true;
}

Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& to) {
  Strides result{};
  const int shift = to.rank() - shape.rank();
  for (int i = 0; i < shape.rank(); ++i)
    result[static_cast<std::size_t>(i + shift)] = shape[i] == 1 ? 0 : strides[static_cast<std::size_t>(i)];
  return result;
}

Strides dense_strides(const Shape& shape) {
  Strides strides{};
  Index step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<std::size_t>(i)] = step;
    step *= shape[i];
  }
  return strides;
}

bool is_dense(const Shape& shape, const Strides& strides) {
  Index step = 1;
  bool dense = true;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[static_cast<std::size_t>(i)] != step) dense = false;
    step *= shape[i];
  }
  return dense;
}

Shape resolve_reshape(const Shape& from, const Shape& to) {
  Shape result = to;
  int open = -1;
  for (int i = 0; i < to.rank(); ++i) {
    if (to[i] >= 0) continue;
    if (to[i] != -1 || open >= 0)
      throw Error(formatted("reshape: {} has a negative extent: only -1 is one, and only once", to_string(to)));
    open = i;
    result[i] = 1;
  }
  const Index known = checked_numel("reshape", result);
  const Index count = from.numel();
  if (open >= 0 && known != 0 && count % known == 0) {
    result[open] = count / known;
  } else if (open >= 0 || known != count) {
    throw Error(
        formatted("reshape: {} to {}: {} elements do not fill the new shape", to_string(from), to_string(to), count));
  }
  return result;
}

bool find_reshape_strides(const Shape& from, const Strides& from_strides, const Shape& to, Strides& strides) {
  if (is_dense(from, from_strides)) {
    strides = dense_strides(to);
    return true;
  }
  // Dimensions of `from` that lie evenly spaced make a run, and dimensions of `to` must fill each run exactly.
  const auto stride = [&](int dim) { return from_strides[static_cast<std::size_t>(dim)]; };
  int filling = to.rank() - 1;
  Index run = 1;
  Index step = stride(from.rank() - 1);  // between neighbours of the run
  for (int i = from.rank() - 1; i >= 0; --i) {
    run *= from[i];
    if (i > 0 && (from[i - 1] == 1 || stride(i - 1) == step * run)) continue;
    Index filled = 1;
    for (; filling >= 0 && filled < run; --filling) {
      strides[static_cast<std::size_t>(filling)] = filled * step;
      filled *= to[filling];
    }
    if (filled != run) return false;
    run = 1;
    if (i > 0) step = stride(i - 1);
  }
  return true;
}

Shape resolve_expand(const Shape& from, const Shape& to) {
  Shape result = to;
  const int shift = to.rank() - from.rank();
  for (int i = std::max(shift, 0); i < to.rank(); ++i)
    if (to[i] == -1) result[i] = from[i - shift];
  const bool counted = std::all_of(result.begin(), result.end(), [](Index extent) { return extent >= 0; });
  if (counted) checked_numel("expand", result);
  if (!counted || !broadcasts_to(from, result))
    throw Error(formatted("expand: {} does not stretch to {}: only extents of 1 stretch, and new ones come first",
                          to_string(from), to_string(to)));
  return result;
}

Shape matmul_shape(const Shape& a, const Shape& b) {
  if (a.rank() == 0 || b.rank() == 0)
    throw Error(
        formatted("matmul: {} x {}: a scalar has no dimension to multiply over; use *", to_string(a), to_string(b)));
  const bool row = a.rank() == 1;
  const bool column = b.rank() == 1;
  const Index inner = column ? b[0] : b[b.rank() - 2];
  if (a.back() != inner)
    throw Error(
        formatted("matmul: {} x {}: inner dimensions {} and {} differ", to_string(a), to_string(b), a.back(), inner));
  const Shape batch_a(std::span<const Index>(a).first(static_cast<std::size_t>(row ? 0 : a.rank() - 2)));
  const Shape batch_b(std::span<const Index>(b).first(static_cast<std::size_t>(column ? 0 : b.rank() - 2)));
  Shape result;
  try {
    result = broadcast_shapes("matmul", batch_a, batch_b);
  } catch (const Error&) {
    throw Error(formatted("matmul: {} x {}: the leading dimensions {} and {} do not broadcast", to_string(a),
                          to_string(b), to_string(batch_a), to_string(batch_b)));
  }
  if (!row) result.push_back(a[a.rank() - 2]);
  if (!column) result.push_back(b.back());
  return result;
}

}  // namespace glance
