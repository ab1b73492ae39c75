// Matrix products without a BLAS: plain loops that any compiler can vectorise, for builds with GLANCE_BLAS=portable.
//
// As in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), blocks of both factors are
// laid out anew, so that the innermost loops read them from one end to the other: a block of A stays in the second
// cache, a panel of B in the nearest, and a tile of C in registers.
#include <algorithm>
#include <cstring>

#include "glance/tensor/blas.h"
#include "glance/tensor/scratch.h"

namespace glance {

namespace {

// A tile of C is tile_rows × two vectors: with what is read of A and B it fills the registers.
#if defined(__AVX512F__)
constexpr Index vector_bytes = 64, tile_rows = 8;
#elif defined(__AVX__)
constexpr Index vector_bytes = 32, tile_rows = 6;
#else
constexpr Index vector_bytes = 16, tile_rows = 4;
#endif
template <class T>
constexpr Index lanes = vector_bytes / static_cast<Index>(sizeof(T));
template <class T>
constexpr Index tile_columns = 2 * lanes<T>;

// How much of the sums, and how many rows of A, are taken at a time.
constexpr Index block_depth = 256;
constexpr Index block_rows = 16 * tile_rows;

// A matrix as it lies: element (i, j) is data[i * row + j * column].
template <class T>
struct Matrix {
  const T* data;
  Index row, column;

  T operator()(Index i, Index j) const { return data[i * row + j * column]; }
  Matrix from(Index i, Index j) const { return {data + i * row + j * column, row, column}; }
};

template <class T>
Matrix<T> matrix(const T* data, Index step, bool transposed) {
  return transposed ? Matrix<T>{data, 1, step} : Matrix<T>{data, step, 1};
}

// Lays out `rows` rows of x in panels `width` rows high, column after column, with zeros for what is missing: element
// (i, p) comes to panels[i / width][p][i % width].
template <Index width, class T>
void lay_out(const Matrix<T>& x, Index rows, Index depth, T* panels) {
  for (Index begin = 0; begin < rows; begin += width, panels += depth * width) {
    const Index there = std::min(width, rows - begin);
    if (x.row == 1 && there == width) {
      for (Index p = 0; p < depth; ++p) std::copy_n(x.data + begin + p * x.column, width, panels + p * width);
    } else {
      for (Index i = 0; i < width; ++i)
        for (Index p = 0; p < depth; ++p) panels[p * width + i] = i < there ? x(begin + i, p) : T(0);
    }
  }
}

// c = a b or c += a b for a tile, of which `rows` × `columns` numbers are wanted. Vectors, because gcc keeps a plain
// array of sums in memory.
template <class T>
void multiply_tile(Index depth, const T* a, const T* b, T* c, Index c_row, Index rows, Index columns, bool accumulate) {
  using Vector [[gnu::vector_size(vector_bytes)]] = T;
  Vector sums[tile_rows][2]{};
  for (Index p = 0; p < depth; ++p, a += tile_rows, b += tile_columns<T>) {
    Vector left, right;
    std::memcpy(&left, b, sizeof left);
    std::memcpy(&right, b + lanes<T>, sizeof right);
    for (int i = 0; i < tile_rows; ++i) {
      sums[i][0] += a[i] * left;
      sums[i][1] += a[i] * right;
    }
  }
  T tile[tile_rows][tile_columns<T>];
  for (int i = 0; i < tile_rows; ++i)
    for (int v = 0; v < 2; ++v) std::memcpy(&tile[i][v * lanes<T>], &sums[i][v], sizeof(Vector));
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) {
      T& to = c[i * c_row + j];
      to = accumulate ? to + tile[i][j] : tile[i][j];
    }
}

// c = x B or c += x B for the row x, whose elements lie `step` apart. Each element of B is used once, so that to lay
// it out anew would not pay.
template <class T>
void multiply_row(Index n, Index k, const T* x, Index step, const Matrix<T>& b, T* c, Index c_step, bool accumulate) {
  if (!accumulate)
    for (Index j = 0; j < n; ++j) c[j * c_step] = T(0);
  if (b.column == 1 && c_step == 1) {
    for (Index p = 0; p < k; ++p) {
      const T factor = x[p * step];
      const T* row = b.data + p * b.row;
      for (Index j = 0; j < n; ++j) c[j] += factor * row[j];
    }
    return;
  }
  constexpr Index width = tile_columns<T>;  // sums that a compiler may make at once, since their order is given
  for (Index j = 0; j < n; ++j) {
    T sums[width]{};
    Index p = 0;
    if (step == 1 && b.row == 1)
      for (const T* column = b.data + j * b.column; p + width <= k; p += width)
        for (Index i = 0; i < width; ++i) sums[i] += x[p + i] * column[p + i];
    for (; p < k; ++p) sums[p % width] += x[p * step] * b(p, j);
    T sum = 0;
    for (const T part : sums) sum += part;
    c[j * c_step] += sum;
  }
}

// c = a b or c += a b, block by block.
template <class T>
void multiply_blocks(Index m, Index n, Index k, const Matrix<T>& a, const Matrix<T>& b, T* c, Index ldc,
                     bool accumulate) {
  constexpr Index width = tile_columns<T>;
  const detail::Scratch<T> a_block(block_rows * block_depth), b_panel(width * block_depth);
  for (Index p = 0; p < k; p += block_depth) {
    const Index depth = std::min(block_depth, k - p);
    const bool add = accumulate || p > 0;
    for (Index i = 0; i < m; i += block_rows) {
      const Index rows = std::min(block_rows, m - i);
      lay_out<tile_rows>(a.from(i, p), rows, depth, a_block.data());
      for (Index j = 0; j < n; j += width) {
        const Index columns = std::min(width, n - j);
        const Matrix<T> from = b.from(p, j);
        lay_out<width>(Matrix<T>{from.data, from.column, from.row}, columns, depth, b_panel.data());
        for (Index r = 0; r < rows; r += tile_rows)
          multiply_tile(depth, a_block.data() + r * depth, b_panel.data(), c + (i + r) * ldc + j, ldc,
                        std::min(tile_rows, rows - r), columns, add);
      }
    }
  }
}

}  // namespace

template <class T>
void detail::blas_gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a, Index lda, const T* b,
                       Index ldb, T* c, Index ldc, bool accumulate) {
  const Matrix<T> left = matrix(a, lda, transpose_a), right = matrix(b, ldb, transpose_b);
  if (m == 1)
    multiply_row(n, k, a, left.column, right, c, 1, accumulate);
  else if (n == 1)  // a column of C is a row of its transpose: cᵀ = bᵀ Aᵀ
    multiply_row(m, k, b, right.row, Matrix<T>{a, left.column, left.row}, c, ldc, accumulate);
  else
    multiply_blocks(m, n, k, left, right, c, ldc, accumulate);
}

template void detail::blas_gemm(bool, bool, Index, Index, Index, const float*, Index, const float*, Index, float*,
                                Index, bool);
template void detail::blas_gemm(bool, bool, Index, Index, Index, const double*, Index, const double*, Index, double*,
                                Index, bool);

void detail::blas_prepare(int) {}

BlasKernels blas_kernels() { return {"glance", "portable", ""}; }

}  // namespace glance
