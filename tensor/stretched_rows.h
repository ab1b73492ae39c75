#pragma once

#include <memory>

#include "glance/tensor/tensor.h"
#include "glance/tensor/view.h"

// A mask read row by row, as if it had the shape of the scores.
namespace glance {

// The rows of a mask, read as if the mask had the scores' shape. Dimensions that it lacks, or has once, repeat in
// place: nothing but a single row is ever copied, and that only where a row's elements do not lie side by side.
template <class T>
class StretchedRows {
 public:
  // `mask` must broadcast to `scores` [..., rows, columns], or be undefined.
  StretchedRows(const Tensor& mask, const Shape& scores) {
    if (!mask.defined()) return;
    const Tensor stretched = expand(mask, scores);
    strides_ = stretched.strides();
    row_step_ = strides_[static_cast<std::size_t>(scores.rank() - 2)];
    column_step_ = strides_[static_cast<std::size_t>(scores.rank() - 1)];
    columns_ = scores.back();
    data_ = mask.read<T>();
    if (columns_ > 1 && column_step_ != 1) scratch_ = std::make_unique<T[]>(static_cast<std::size_t>(columns_));
  }

  // Whether there is a mask at all.
  bool defined() const { return data_ != nullptr; }
  // The steps along the scores' dimensions; all 0 when undefined.
  const Strides& strides() const { return strides_; }
  // Whether all rows of a matrix are one.
  bool is_one_row() const { return row_step_ == 0; }

  // Row `row` of the matrix that begins at `matrix`, good until the next call; null when undefined.
  const T* row(Index matrix, Index row) const {
    if (!defined()) return nullptr;
    const T* from = data_ + matrix + row * row_step_;
    if (!scratch_) return from;
    for (Index i = 0; i < columns_; ++i) scratch_[static_cast<std::size_t>(i)] = from[i * column_step_];
    return scratch_.get();
  }

 private:
  const T* data_ = nullptr;
  Strides strides_{};
  Index row_step_ = 0, column_step_ = 0, columns_ = 0;
  std::unique_ptr<T[]> scratch_;
};

}  // namespace glance
