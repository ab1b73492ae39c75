// A matrix product for few rows, whose sums stay in the registers of AVX2 or AVX-512.
#include "glance/tensor/small_product.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include "glance/tensor/scratch.h"

namespace glance::detail {

namespace {

// A tile of the result is tile_rows × two vectors. With what is read of the factors it fills the registers: 16 of 32
// sums with AVX-512, 12 of 16 with AVX2. (With AVX-512, 4 rows of four vectors are half as fast.)
#if defined(__AVX512F__)
constexpr Index lanes = 16;
constexpr int tile_rows = 8;
constexpr bool fast = true;
#elif defined(__AVX2__) && defined(__FMA__)
constexpr Index lanes = 8;
constexpr int tile_rows = 6;
constexpr bool fast = true;
#else
constexpr Index lanes = 4;
constexpr int tile_rows = 4;
constexpr bool fast = false;
#endif
constexpr Index panel_columns = 2 * lanes;

// How much of the sums is taken at a time: a panel of b of that depth stays in the nearest cache.
constexpr Index max_depth = 256;

using Vector [[gnu::vector_size(lanes * sizeof(float))]] = float;

// An address need not be a multiple of a vector's size: a copy is the unaligned load that both compilers know.
[[gnu::always_inline]] inline void load(Vector& to, const float* from) { std::memcpy(&to, from, sizeof to); }
[[gnu::always_inline]] inline void store(float* to, const Vector& from) { std::memcpy(to, &from, sizeof from); }

// The first `columns` lanes of `sums` to a row of the result.
[[gnu::always_inline]] inline void put(const Vector& sums, float* to, bool accumulate, Index columns) {
  if (columns == lanes) {
    Vector before{};
    if (accumulate) load(before, to);
    store(to, before + sums);
  } else {
    for (Index j = 0; j < columns; ++j) to[j] = accumulate ? to[j] + sums[j] : sums[j];
  }
}

struct Result {
  float* data;
  Index row;
  bool accumulate;
};

// c = a b for a tile of `rows` × `columns` numbers, at most `vectors` wide. b has contiguous rows of whole vectors.
template <int rows, int vectors>
void multiply_tile(Index depth, const float* a, Index a_row, const float* b, Index b_row, const Result& c,
                   Index columns) {
  // The result may lie in no cache: it is sent for while the sums are made.
  for (int i = 0; i < rows; ++i)
    for (int v = 0; v < vectors; ++v) __builtin_prefetch(c.data + i * c.row + v * lanes, 1);
  Vector sums[rows][vectors]{};
  for (Index p = 0; p < depth; ++p) {
    Vector from_b[vectors];
    for (int v = 0; v < vectors; ++v) load(from_b[v], b + p * b_row + v * lanes);
    for (int i = 0; i < rows; ++i) {
      const float from_a = a[i * a_row + p];
      for (int v = 0; v < vectors; ++v) sums[i][v] += from_a * from_b[v];
    }
  }
  for (int i = 0; i < rows; ++i)
    for (int v = 0; v < vectors; ++v)
      put(sums[i][v], c.data + i * c.row + v * lanes, c.accumulate, std::min(lanes, columns - v * lanes));
}

// The same for any number of rows up to `most`.
template <int most = tile_rows>
void multiply_rows(Index rows, Index depth, const float* a, Index a_row, const float* b, Index b_row, const Result& c,
                   Index columns) {
  if (rows == most) {
    if (columns > lanes)
      multiply_tile<most, 2>(depth, a, a_row, b, b_row, c, columns);
    else
      multiply_tile<most, 1>(depth, a, a_row, b, b_row, c, columns);
  } else if constexpr (most > 1) {
    multiply_rows<most - 1>(rows, depth, a, a_row, b, b_row, c, columns);
  }
}

// Transposes a square of lanes × lanes numbers. Each round interleaves row i with row i + lanes / 2, which turns the
// bits of (row, column) by one place; after log2(lanes) rounds the two have changed places.
template <std::size_t... I>
[[gnu::always_inline]] inline void transpose(Vector (&x)[lanes], std::index_sequence<I...>) {
  constexpr int half = lanes / 2;
  for (Index round = 1; round < lanes; round *= 2) {
    Vector y[lanes];
    for (int i = 0; i < half; ++i) {
      y[2 * i] = __builtin_shufflevector(x[i], x[i + half], static_cast<int>(I / 2 + I % 2 * lanes)...);
      y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + half], static_cast<int>(half + I / 2 + I % 2 * lanes)...);
    }
    std::copy_n(y, lanes, x);
  }
}

constexpr auto all_lanes = std::make_index_sequence<static_cast<std::size_t>(lanes)>();

// Copies the transpose of `rows` rows of a: a row of `width` numbers for each of a's columns, with zeros for what is
// missing.
void lay_out_transposed(const float* a, Index a_row, Index rows, Index depth, float* panel, Index width) {
  for (Index i = 0; i < width; i += lanes) {
    Index p = 0;
    if (i + lanes <= rows)
      for (; p + lanes <= depth; p += lanes) {
        Vector x[lanes];
        for (Index r = 0; r < lanes; ++r) load(x[r], a + (i + r) * a_row + p);
        transpose(x, all_lanes);
        for (Index r = 0; r < lanes; ++r) store(panel + (p + r) * width + i, x[r]);
      }
    for (; p < depth; ++p)
      for (Index r = i; r < i + lanes; ++r) panel[p * width + r] = r < rows ? a[r * a_row + p] : 0.0f;
  }
}

// Copies `columns` columns of b to rows of panel_columns numbers, with zeros for what is missing.
void lay_out_panel(const float* b, Index b_row, Index depth, Index columns, float* panel) {
  for (Index p = 0; p < depth; ++p) {
    std::copy_n(b + p * b_row, columns, panel + p * panel_columns);
    std::fill(panel + p * panel_columns + columns, panel + (p + 1) * panel_columns, 0.0f);
  }
}

// c = a bᵀ, where b is laid out once for all rows of a: a panel of its rows at a time, as columns.
void multiply_laid_out(Index m, Index n, Index depth, const float* a, Index lda, const float* b, Index ldb,
                       const Result& c) {
  const Scratch<float> scratch(max_depth * panel_columns);
  float* panel = scratch.data();
  for (Index j = 0; j < n; j += panel_columns) {
    const Index columns = std::min(panel_columns, n - j), width = columns > lanes ? panel_columns : lanes;
    lay_out_transposed(b + j * ldb, ldb, columns, depth, panel, width);
    for (Index i = 0; i < m; i += tile_rows)
      multiply_rows(std::min<Index>(tile_rows, m - i), depth, a + i * lda, lda, panel, width,
                    Result{c.data + i * c.row + j, c.row, c.accumulate}, columns);
  }
}

// The same as the transpose of b aᵀ, where a has few rows, so that it is soon laid out, and b is read where it lies.
void multiply_transposed(Index m, Index n, Index depth, const float* a, Index lda, const float* b, Index ldb,
                         const Result& c) {
  const Scratch<float> scratch(max_depth * panel_columns);
  float* panel = scratch.data();
  alignas(64) float turned[lanes * panel_columns];
  for (Index i = 0; i < m; i += panel_columns) {
    const Index rows = std::min(panel_columns, m - i), width = rows > lanes ? panel_columns : lanes;
    lay_out_transposed(a + i * lda, lda, rows, depth, panel, width);
    for (Index j = 0; j < n; j += lanes) {
      const Index columns = std::min(lanes, n - j);
      for (Index r = 0; r < columns; r += tile_rows)
        multiply_rows(std::min<Index>(tile_rows, columns - r), depth, b + (j + r) * ldb, ldb, panel, width,
                      Result{turned + r * panel_columns, panel_columns, false}, width);
      for (Index from = 0; from < rows; from += lanes) {
        Vector x[lanes];
        for (Index r = 0; r < lanes; ++r) load(x[r], turned + r * panel_columns + from);
        transpose(x, all_lanes);
        for (Index r = 0; r < std::min(lanes, rows - from); ++r)
          put(x[r], c.data + (i + from + r) * c.row + j, c.accumulate, columns);
      }
    }
  }
}

// c = a b.
void multiply_upright(Index m, Index n, Index depth, const float* a, Index lda, const float* b, Index ldb,
                      const Result& c) {
  // Rows 4 KiB apart share one set of a cache's lines.
  const bool lies_well = ldb < 1024 && n % panel_columns == 0;
  const Scratch<float> scratch(max_depth * panel_columns);
  float* panel = scratch.data();
  for (Index j = 0; j < n; j += panel_columns) {
    const Index columns = std::min(panel_columns, n - j);
    if (!lies_well) lay_out_panel(b + j, ldb, depth, columns, panel);
    for (Index i = 0; i < m; i += tile_rows)
      multiply_rows(std::min<Index>(tile_rows, m - i), depth, a + i * lda, lda, lies_well ? b + j : panel,
                    lies_well ? ldb : panel_columns, Result{c.data + i * c.row + j, c.row, c.accumulate}, columns);
  }
}

}  // namespace

// Measured on an AMD Zen 4 against OpenBLAS 0.3.21, in GFLOP/s: [32, 128] x [128, 512] 113 against 80 and, where the
// second is transposed, 97 against 76; [64, 1024] x [1024, 512] 111 against 94; [640, 64] x [64, 512] 110 against 99.
// On larger products OpenBLAS is ahead, and on short sums its kernels for small matrices are.
bool small_product_pays(bool transpose_b, Index m, Index n, Index k) {
  const Index shortest = transpose_b ? 32 : 64;
  const bool few_rows = m <= 128 && n * k <= 1 << 20, small = !transpose_b && m * n * k <= 50'000'000;
  return fast && m >= tile_rows && n % lanes == 0 && k >= shortest && (few_rows || small);
}

void small_product(bool transpose_b, Index m, Index n, Index k, const float* a, Index lda, const float* b, Index ldb,
                   float* c, Index ldc, bool accumulate) {
  for (Index p = 0; p < k; p += max_depth) {
    const Index depth = std::min(max_depth, k - p);
    const Result result{c, ldc, accumulate || p > 0};
    // Either b is laid out, or a is and the result turned back.
    if (transpose_b && n * k <= m * (n + k))
      multiply_laid_out(m, n, depth, a + p, lda, b + p, ldb, result);
    else if (transpose_b)
      multiply_transposed(m, n, depth, a + p, lda, b + p, ldb, result);
    else
      multiply_upright(m, n, depth, a + p, lda, b + p * ldb, ldb, result);
  }
}

template <class T>
void copy_transposed(Index rows, Index columns, const T* from, T* to) {
  if constexpr (std::is_same_v<T, float>)
    if (rows % lanes == 0) return lay_out_transposed(from, columns, rows, columns, to, rows);
  constexpr Index tile = 16;  // both sides of a tile stay in the nearest cache
  for (Index r = 0; r < rows; r += tile)
    for (Index c = 0; c < columns; c += tile)
      for (Index j = c; j < std::min(columns, c + tile); ++j)
        for (Index i = r; i < std::min(rows, r + tile); ++i) to[j * rows + i] = from[i * columns + j];
}

template void copy_transposed(Index, Index, const float*, float*);
template void copy_transposed(Index, Index, const double*, double*);

}  // namespace glance::detail
