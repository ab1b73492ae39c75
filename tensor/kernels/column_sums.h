#pragma once

#include <algorithm>

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/scratch.h"

// The gradient of what every row shares, a bias or a norm's weight: the sum over rows, for each column.
namespace glance {

// Sums of at most 64 rows in T, and of those in double, so that the error does not grow with the number of rows.
template <class T>
class ColumnSums {
 public:
  explicit ColumnSums(Index columns)
      : columns_(columns), part_(static_cast<std::size_t>(columns)), total_(static_cast<std::size_t>(columns)) {
    std::fill_n(part_.data(), columns_, T{0});
    std::fill_n(total_.data(), columns_, 0.0);
  }

  // Where the next row is added.
  T* next_row() {
    if (++rows_ % 64 == 0) flush();
    return part_.data();
  }

  // Puts the sums where they are wanted.
  void put(const Destination& to) {
    if (!to.wanted()) return;
    flush();
    T* out = to.tensor.write<T>();
    const double* total = total_.data();
    for (Index j = 0; j < columns_; ++j) out[j] = static_cast<T>(to.accumulate ? out[j] + total[j] : total[j]);
  }

 private:
  void flush() { add_and_clear(columns_, part_.data(), total_.data()); }

  // The pointers are parameters, because gcc makes vectors only then.
  static void add_and_clear(Index n, T* __restrict part, double* __restrict total) {
    for (Index j = 0; j < n; ++j) {
      total[j] += static_cast<double>(part[j]);
      part[j] = 0;
    }
  }

  Index columns_;
  detail::Scratch<T> part_;
  detail::Scratch<double> total_;
  Index rows_ = 0;
};

}  // namespace glance
