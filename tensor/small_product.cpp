#include "tensor/small_product.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

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

// Where a factor lies: element (i, j) is data[i * row + j * column].
struct Matrix {
  const float* data;
  Index row, column;

  Matrix from(Index i, Index j) const { return {data + i * row + j * column, row, column}; }
};

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
  for (int i = 0; i < rows; ++i) {
    float* to = c.data + i * c.row;
    if (columns == vectors * lanes) {
      for (int v = 0; v < vectors; ++v) {
        Vector before{};
        if (c.accumulate) load(before, to + v * lanes);
        store(to + v * lanes, before + sums[i][v]);
      }
    } else {
      const auto* sum = reinterpret_cast<const float*>(sums[i]);
      for (Index j = 0; j < columns; ++j) to[j] = c.accumulate ? to[j] + sum[j] : sum[j];
    }
  }
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
void transpose_square(const float* from, Index from_row, float* to, Index to_row, std::index_sequence<I...>) {
  constexpr int half = lanes / 2;
  Vector x[lanes], y[lanes];
  for (Index i = 0; i < lanes; ++i) load(x[i], from + i * from_row);
  for (Index round = 1; round < lanes; round *= 2) {
    for (int i = 0; i < half; ++i) {
      y[2 * i] = __builtin_shufflevector(x[i], x[i + half], static_cast<int>(I / 2 + I % 2 * lanes)...);
      y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + half], static_cast<int>(half + I / 2 + I % 2 * lanes)...);
    }
    std::copy_n(y, lanes, x);
  }
  for (Index i = 0; i < lanes; ++i) store(to + i * to_row, x[i]);
}

// Copies `columns` columns of b to rows of panel_columns numbers, with zeros for what is missing.
void lay_out_panel(const Matrix& b, Index depth, Index columns, float* panel) {
  if (columns < panel_columns) std::fill_n(panel, depth * panel_columns, 0.0f);
  Index squares = 0, squares_depth = 0;  // what has been transposed by squares
  if (b.column == 1) {
    for (Index p = 0; p < depth; ++p) std::copy_n(b.data + p * b.row, columns, panel + p * panel_columns);
    return;
  }
  if (b.row == 1) {
    squares = columns / lanes * lanes;
    squares_depth = depth / lanes * lanes;
    for (Index j = 0; j < squares; j += lanes)
      for (Index p = 0; p < squares_depth; p += lanes)
        transpose_square(b.data + j * b.column + p, b.column, panel + p * panel_columns + j, panel_columns,
                         std::make_index_sequence<static_cast<std::size_t>(lanes)>());
  }
  for (Index j = 0; j < columns; ++j)
    for (Index p = j < squares ? squares_depth : 0; p < depth; ++p)
      panel[p * panel_columns + j] = b.data[p * b.row + j * b.column];
}

}  // namespace

// Measured on an AMD Zen 4 against OpenBLAS 0.3.21, in GFLOP/s: [32, 128] x [128, 512] 113 against 80 and, where the
// second is transposed, 91; [640, 64] x [64, 512] 110 against 99; [64, 1024] x [1024, 512] 111 against 94. On larger
// products OpenBLAS is ahead, and on sums of fewer than 32 its kernels for small matrices are.
bool small_product_pays(Index m, Index n, Index k) {
  const bool small = m * n * k <= 50'000'000, few_rows = m <= 128 && n * k <= 1 << 20;
  return fast && m >= tile_rows && n % lanes == 0 && k >= 32 && (small || few_rows);
}

void small_product(bool transpose_b, Index m, Index n, Index k, const float* a, Index lda, const float* b, Index ldb,
                   float* c, Index ldc, bool accumulate) {
  const Matrix factor = transpose_b ? Matrix{b, 1, ldb} : Matrix{b, ldb, 1};
  // Rows 4 KiB apart share one set of a cache's lines.
  const bool lies_well = !transpose_b && ldb < 1024 && n % panel_columns == 0;
  alignas(64) float panel[max_depth * panel_columns];
  for (Index p = 0; p < k; p += max_depth) {
    const Index depth = std::min(max_depth, k - p);
    for (Index j = 0; j < n; j += panel_columns) {
      const Matrix part = factor.from(p, j);
      const Index columns = std::min(panel_columns, n - j);
      if (!lies_well) lay_out_panel(part, depth, columns, panel);
      for (Index i = 0; i < m; i += tile_rows)
        multiply_rows(std::min<Index>(tile_rows, m - i), depth, a + i * lda + p, lda, lies_well ? part.data : panel,
                      lies_well ? ldb : panel_columns, Result{c + i * ldc + j, ldc, accumulate || p > 0}, columns);
    }
  }
}

}  // namespace glance::detail
