#pragma once

#include <array>
#include <cstddef>

#include "glance/tensor/shape.h"

// The order in which elements of strided tensors are visited.
namespace glance {

// A row-major walk over the elements of N operands that have one shape and strides of their own. Neighbouring
// dimensions that every operand runs through in equal steps are merged first, so that the rows are as long as they can
// be: dense operands give a single row.
template <int N>
class Walk {
 public:
  using Offsets = std::array<Index, static_cast<std::size_t>(N)>;  // one for each operand, in elements

  Walk(const Shape& shape, const std::array<Strides, static_cast<std::size_t>(N)>& strides) {
    for (int d = shape.rank() - 1; d >= 0; --d) {
      const Index extent = shape[d];
      if (extent == 0) empty_ = true;
      if (extent == 1) continue;
      Offsets steps;
      for (std::size_t k = 0; k < N; ++k) steps[k] = strides[k][static_cast<std::size_t>(d)];
      if (rank_ > 0 && follows(steps)) {
        dims_[rank_ - 1].extent *= extent;
      } else {
        dims_[rank_++] = {extent, steps};
      }
    }
    if (rank_ == 0) dims_[rank_++] = {1, {}};
  }

  // The number of elements of a row.
  Index row_length() const { return dims_[0].extent; }
  // The distance between neighbours in a row, for each operand.
  const Offsets& row_steps() const { return dims_[0].steps; }

  // Calls row(offsets), the offsets of the row's first elements, for each row in turn; never for an empty shape.
  template <class F>
  void for_each_row(F&& row) const {
    if (empty_) return;
    std::array<Index, max_rank> index{};
    Offsets offsets{};
    for (;;) {
      row(offsets);
      std::size_t d = 1;
      for (; d < rank_; ++d) {
        const Dim& dim = dims_[d];
        if (++index[d] < dim.extent) {
          for (std::size_t k = 0; k < N; ++k) offsets[k] += dim.steps[k];
          break;
        }
        for (std::size_t k = 0; k < N; ++k) offsets[k] -= dim.steps[k] * (dim.extent - 1);
        index[d] = 0;
      }
      if (d == rank_) return;
    }
  }

 private:
  struct Dim {
    Index extent;
    Offsets steps;
  };

  // Whether one step of the next dimension is as far as all of the last merged one, for every operand.
  bool follows(const Offsets& steps) const {
    const Dim& inner = dims_[rank_ - 1];
    for (std::size_t k = 0; k < N; ++k)
      if (steps[k] != inner.steps[k] * inner.extent) return false;
    return true;
  }

  std::array<Dim, max_rank> dims_;  // innermost first
  std::size_t rank_ = 0;
  bool empty_ = false;
};

}  // namespace glance
