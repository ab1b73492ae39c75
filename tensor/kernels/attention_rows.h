#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "glance/tensor/matmul.h"
#include "glance/tensor/row_kernels.h"

// The products of attention: dot products of rows, and sums of weighted rows. A single query is no work for a matrix
// product, and has loops of its own.
namespace glance::attention_rows {

// Rows in memory: contiguous each, `step` apart.
template <class T>
struct Rows {
  T* data;
  Index step;
  T* operator[](Index row) const { return data + row * step; }
  Rows from(Index row) const { return {data + row * step, step}; }
  operator Rows<const T>() const { return {data, step}; }
};

// The dot products of `query` and four rows. Adding up lanes costs more than the products of a row as short as these
// are, so four are added up together: three times as fast as one by one (20 rows of 128: 91 ns, not 301).
inline void dot_four_rows(const float* query, Rows<const float> rows, Index features, float* out) {
  using Lanes [[gnu::vector_size(64)]] = float;
  // A row begins at any address: a copy is the unaligned load that both compilers know.
  const auto load = [](Lanes& to, const float* from) { std::memcpy(&to, from, sizeof to); };
  const float *a_row = rows[0], *b_row = rows[1], *c_row = rows[2], *d_row = rows[3];
  Lanes a{}, b{}, c{}, d{}, x, row;
  Index j = 0;
  for (; j + 16 <= features; j += 16) {
    load(x, query + j);
    load(row, a_row + j);
    a += x * row;
    load(row, b_row + j);
    b += x * row;
    load(row, c_row + j);
    c += x * row;
    load(row, d_row + j);
    d += x * row;
  }
  // Neighbours added: a0+a1 b0+b1 a2+a3 …, and again: a b c d in each group of four lanes.
  const Lanes ab = __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
                   __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  const Lanes cd = __builtin_shufflevector(c, d, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
                   __builtin_shufflevector(c, d, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  const Lanes abcd = __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
                     __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  for (int r = 0; r < 4; ++r) {
    out[r] = (abcd[r] + abcd[r + 4]) + (abcd[r + 8] + abcd[r + 12]);
    for (Index k = j; k < features; ++k) out[r] += query[k] * rows[r][k];
  }
}

// out[r] = query · rows[r].
template <class T>
void dot_rows(Index count, const T* query, Rows<const T> rows, Index features, T* out) {
  Index r = 0;
  if constexpr (std::is_same_v<T, float>)
    for (; r + 4 <= count; r += 4) dot_four_rows(query, rows.from(r), features, out + r);
  for (; r < count; ++r) out[r] = row_dot(query, rows[r], features);
}

// out = factor · row, or +=. A factor of 0 takes nothing of the row, whatever it holds.
template <class T>
void scale_row(T factor, const T* __restrict row, Index features, T* __restrict out, bool accumulate) {
  if (factor == 0) {
    if (!accumulate) std::fill_n(out, features, T{0});
  } else if (accumulate) {
    for (Index j = 0; j < features; ++j) out[j] += factor * row[j];
  } else {
    for (Index j = 0; j < features; ++j) out[j] = factor * row[j];
  }
}

// out += Σ w[i] row_i for four rows, so that `out` is loaded and stored once for four.
template <class T>
void add_four_rows(const T* __restrict w, const T* __restrict a, const T* __restrict b, const T* __restrict c,
                   const T* __restrict d, Index features, T* __restrict out) {
  for (Index j = 0; j < features; ++j) out[j] += w[0] * a[j] + w[1] * b[j] + w[2] * c[j] + w[3] * d[j];
}

// out = Σ weights[r] rows[r], or +=. A weight of 0 takes nothing of its row, whatever it holds.
template <class T>
void sum_rows(Index count, const T* weights, Rows<const T> rows, Index features, T* out, bool accumulate) {
  if (!accumulate) std::fill_n(out, features, T{0});
  Index r = 0;
  for (; r + 4 <= count; r += 4) {
    const T* w = weights + r;
    if (w[0] != 0 && w[1] != 0 && w[2] != 0 && w[3] != 0)
      add_four_rows(w, rows[r], rows[r + 1], rows[r + 2], rows[r + 3], features, out);
    else
      for (Index i = 0; i < 4; ++i) scale_row(w[i], rows[r + i], features, out, true);
  }
  for (; r < count; ++r) scale_row(weights[r], rows[r], features, out, true);
}

// out += a · x + b · y, of which each is left out where its factor is 0.
template <class T>
void add_two_rows(T a, const T* __restrict x, T b, const T* __restrict y, Index features, T* __restrict out) {
  if (a != 0 && b != 0) {
    for (Index j = 0; j < features; ++j) out[j] += a * x[j] + b * y[j];
  } else {
    scale_row(a, x, features, out, true);
    scale_row(b, y, features, out, true);
  }
}

// Whether a matrix holds neither NaN nor infinity: 0 times any of its elements is 0. Their exponents have all bits set,
// and one more carries into the bit of the sign.
template <class T>
bool all_finite(Index count, Index features, Rows<const T> rows) {
  using Bits = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;
  constexpr Bits sign = Bits{1} << (8 * sizeof(T) - 1),
                 last_exponent_bit = Bits{1} << (std::numeric_limits<T>::digits - 1);
  using Lanes [[gnu::vector_size(32)]] = Bits;  // as short as the rows of a small head
  constexpr Index width = 32 / sizeof(T);
  Lanes carried{}, x;
  Bits carry = 0;
  for (Index r = 0; r < count; ++r) {
    const T* row = rows[r];
    Index j = 0;
    for (; j + width <= features; j += width) {
      std::memcpy(&x, row + j, sizeof x);
      carried |= (x & ~sign) + last_exponent_bit;
    }
    for (; j < features; ++j) carry |= (std::bit_cast<Bits>(row[j]) & ~sign) + last_exponent_bit;
  }
  for (Index lane = 0; lane < width; ++lane) carry |= carried[lane];
  return (carry & sign) == 0;
}

// out[t][s] = queries[t] · rows[s].
template <class T>
void dot_products(Index targets, Index sources, Index features, Rows<const T> queries, Rows<const T> rows,
                  Rows<T> out) {
  if (targets == 1) return dot_rows(sources, queries[0], rows, features, out[0]);
  gemm(false, true, targets, sources, features, queries.data, queries.step, rows.data, rows.step, out.data, out.step,
       false);
}

// out[t] = Σ over s of weights[t][s] rows[s], or +=. With `masked`, a weight of 0 takes nothing of its row.
template <class T>
void weighted_sums(Index targets, Index sources, Index features, Rows<const T> weights, Rows<const T> rows, Rows<T> out,
                   bool accumulate, bool masked) {
  if (targets > 1 && (!masked || all_finite(sources, features, rows)))
    return gemm(false, false, targets, features, sources, weights.data, weights.step, rows.data, rows.step, out.data,
                out.step, accumulate);
  for (Index t = 0; t < targets; ++t) sum_rows(sources, weights[t], rows, features, out[t], accumulate);
}

// out[s] = Σ over t of weights[t][s] rows[t], or +=. With `masked`, a weight of 0 takes nothing of its row.
template <class T>
void transposed_weighted_sums(Index targets, Index sources, Index features, Rows<const T> weights, Rows<const T> rows,
                              Rows<T> out, bool accumulate, bool masked) {
  if (targets > 1 && (!masked || all_finite(targets, features, rows)))
    return gemm(true, false, sources, features, targets, weights.data, weights.step, rows.data, rows.step, out.data,
                out.step, accumulate);
  for (Index s = 0; s < sources; ++s)
    for (Index t = 0; t < targets; ++t) scale_row(weights[t][s], rows[t], features, out[s], accumulate || t > 0);
}

}  // namespace glance::attention_rows
