#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

// Shapes, and everything that is decided about them.
namespace glance {

// An extent, a position or a count of elements.
using Index = std::int64_t;

// The most dimensions a tensor may have.
inline constexpr int max_rank = 8;

// Steps between neighbours along each dimension, in elements; entries from the rank on are unused.
using Strides = std::array<Index, max_rank>;

// The extents of a tensor, outermost first; rank 0 is a scalar. Error for more than max_rank dimensions.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<Index> extents) : Shape(std::span(extents.begin(), extents.size())) {}
  explicit Shape(std::span<const Index> extents);

  // The number of dimensions.
  int rank() const { return rank_; }
  // The extent of dimension `dim`, from 0 to rank() - 1. It is not checked whether it is there; resolve_dim() does.
  Index operator[](int dim) const { return extents_[static_cast<std::size_t>(dim)]; }
  Index& operator[](int dim) { return extents_[static_cast<std::size_t>(dim)]; }
  // The extent of the last dimension, which must be there.
  Index back() const { return extents_[static_cast<std::size_t>(rank_ - 1)]; }

  // The number of elements: the product of the extents, 1 for a scalar. Checked once, when a tensor is made.
  Index numel() const {
    Index n = 1;
    for (int i = 0; i < rank_; ++i) n *= extents_[static_cast<std::size_t>(i)];
    return n;
  }

  // The extents as a range. (A shape lies in itself: moving one copies it, and the old one stays as it was.)
  const Index* begin() const { return extents_.data(); }
  const Index* end() const { return extents_.data() + rank_; }
  operator std::span<const Index>() const& { return {extents_.data(), static_cast<std::size_t>(rank_)}; }

  // Adds a last dimension.
  void push_back(Index extent);
  // Adds a dimension before `dim`, which is from 0 to rank(); that is not checked.
  void insert(int dim, Index extent);
  // Removes dimension `dim`, which must be there; that is not checked.
  void erase(int dim);

  // Whether rank and extents agree.
  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

 private:
  int rank_ = 0;
  std::array<Index, max_rank> extents_;
};

// numel() of a shape that nobody has checked. Error for a negative extent, and where the extents other than 0 multiply
// to more than an Index holds: they are multiplied even beside a 0, as strides.
Index checked_numel(const char* operation, const Shape& shape);

// "[2, 3]", the form in which every error shows a shape.
std::string to_string(const Shape& shape);

// The dimensions a reduction runs over: an int, a list of ints, or nothing for all of them. Negatives count from the
// end. Error for more than max_rank of them.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : Axes({axis}) {}
  Axes(std::initializer_list<int> axes);

  // Whether none is named, which means all of them.
  bool all() const { return count_ == 0; }
  // Those that are named, as they were given.
  std::span<const int> list() const& { return {axes_.data(), static_cast<std::size_t>(count_)}; }
  std::span<const int> list() const&& = delete;  // keep the axes first

 private:
  int count_ = 0;
  std::array<int, max_rank> axes_{};
};

// Everything that is decided about shapes is decided here; `operation` names who asks, for the error text.

// 0 <= result < rank; negative dims count from the end. Error when out of range.
int resolve_dim(const char* operation, int dim, const Shape& shape);

// The place of a new dimension: 0 <= result <= rank; -1 is the last place. Error when out of range.
int resolve_new_dim(const char* operation, int dim, const Shape& shape);

// 0 <= result < extent of `dim`; negative indices count from the end. Error when out of range.
Index resolve_index(const char* operation, Index index, int dim, const Shape& shape);

// A flag for each dimension that `axes` names; Error for one out of range or named twice.
std::array<bool, max_rank> resolve_axes(const char* operation, const Axes& axes, const Shape& shape);

// The shape left by reducing `reduced` dimensions: dropped, or kept as 1.
Shape reduced_shape(const Shape& shape, const std::array<bool, max_rank>& reduced, bool keepdim);

// The common shape of two, aligned at the last dimension, where extents of 1 stretch. Error when they do not fit.
Shape broadcast_shapes(const char* operation, const Shape& a, const Shape& b);

// Whether `from` stretches to exactly `to`.
bool broadcasts_to(const Shape& from, const Shape& to);

// Strides that walk a tensor of `shape` and `strides` as if it were `to`: 0 where it stretches. broadcasts_to must
// hold.
Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& to);

// Row-major strides.
Strides dense_strides(const Shape& shape);

// Whether elements lie row-major without gaps; extents of 1 may have any stride, and an empty tensor is dense.
bool is_dense(const Shape& shape, const Strides& strides);

// `shape` with one -1 replaced by what makes the count `numel`. Error when none fits.
Shape resolve_reshape(const Shape& from, const Shape& to);

// The strides by which a tensor's elements, in row-major order, also have the shape `to` of as many; false when only a
// copy can have it.
bool find_reshape_strides(const Shape& from, const Strides& from_strides, const Shape& to, Strides& strides);

// `to` with each -1 replaced by the extent that is there. Error when `from` does not stretch to it.
Shape resolve_expand(const Shape& from, const Shape& to);

// The shape of a matrix product (vectors as in PyTorch's matmul, leading dimensions broadcast). Error when they do not
// fit.
Shape matmul_shape(const Shape& a, const Shape& b);

}  // namespace glance
