// The product for few rows against the definition, at every size around its tiles.
#include "glance/tensor/small_product.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "glance/tensor/matmul.h"
#include "tests/catch.h"

namespace glance::detail {
namespace {

// A factor of random numbers, or a result that is NaN before it is written, with room beside its rows.
struct Matrix {
  Index rows, columns, row;
  std::vector<float> values;

  Matrix(Index rows_, Index columns_, Index room)
      : rows(rows_), columns(columns_), row(columns_ + room), values(static_cast<std::size_t>(rows_ * row), NAN) {}

  float& at(Index i, Index j) { return values[static_cast<std::size_t>(i * row + j)]; }
  float at(Index i, Index j) const { return values[static_cast<std::size_t>(i * row + j)]; }
};

Matrix random_matrix(Index rows, Index columns, Index room, std::mt19937& random) {
  std::uniform_real_distribution<float> draw(-1, 1);
  Matrix x(rows, columns, room);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) x.at(i, j) = draw(random);
  return x;
}

// Σ a b in double; b is transposed in memory or not.
std::vector<double> definition(const Matrix& a, const Matrix& b, bool transpose_b) {
  std::vector<double> result;
  const Index n = transpose_b ? b.rows : b.columns;
  for (Index i = 0; i < a.rows; ++i)
    for (Index j = 0; j < n; ++j) {
      double sum = 0;
      for (Index p = 0; p < a.columns; ++p) sum += double{a.at(i, p)} * (transpose_b ? b.at(j, p) : b.at(p, j));
      result.push_back(sum);
    }
  return result;
}

// The largest difference, infinite if anything was written beside the result.
double distance(const Matrix& c, const std::vector<double>& expected, double times) {
  double most = 0;
  auto value = expected.begin();
  for (Index i = 0; i < c.rows; ++i)
    for (Index j = 0; j < c.row; ++j) {
      const double difference = j < c.columns            ? std::abs(c.at(i, j) - times * *value++)
                                : std::isnan(c.at(i, j)) ? 0
                                                         : INFINITY;
      if (!(difference <= most)) most = difference;
    }
  return most;
}

TEST_CASE("small products of every size agree with the definition") {
  std::mt19937 random(1);
  // Around what a tile, a panel and the depth of a panel hold.
  const std::vector<Index> rows{1, 2, 3, 4, 5, 6, 7, 8, 9, 20}, columns{1, 8, 15, 16, 17, 32, 33, 64, 100},
      depths{1, 17, 40, 257};
  for (const Index m : rows)
    for (const Index n : columns)
      for (const Index k : depths)
        for (const bool transpose_b : {false, true}) {
          const Index room = m % 2 == 0 ? 0 : 3;
          const Matrix a = random_matrix(m, k, room, random);
          const Matrix b = transpose_b ? random_matrix(n, k, room, random) : random_matrix(k, n, room, random);
          Matrix c(m, n, room);
          const auto multiply_them = [&](bool accumulate) {
            small_product(transpose_b, m, n, k, a.values.data(), a.row, b.values.data(), b.row, c.values.data(), c.row,
                          accumulate);
          };
          const auto product = definition(a, b, transpose_b);
          multiply_them(false);
          const double once = distance(c, product, 1);
          multiply_them(true);
          const double twice = distance(c, product, 2);
          CAPTURE(m, n, k, transpose_b);
          REQUIRE(std::max(once, twice) < 1e-4);
        }
}

TEST_CASE("a small product reads rows that lie far apart") {
  std::mt19937 random(2);
  const Matrix a = random_matrix(16, 64, 0, random), b = random_matrix(64, 64, 2000, random);
  Matrix c(16, 64, 0);
  small_product(false, 16, 64, 64, a.values.data(), a.row, b.values.data(), b.row, c.values.data(), c.row, false);
  CHECK(distance(c, definition(a, b, false), 1) < 1e-4);
}

// A row of the result is the same bits whatever other rows there are: a batch gives what its sentences give alone.
TEST_CASE("the rows of a small product do not depend on each other") {
  std::mt19937 random(3);
  // Few rows of long sums, for which the first factor is laid out; and many of short ones, for which the second is.
  for (const auto& [rows, depth] : {std::pair<Index, Index>{19, 300}, {96, 40}}) {
    const Matrix a = random_matrix(rows, depth, 0, random), b = random_matrix(64, depth, 0, random);
    Matrix all(rows, 64, 0), one(1, 64, 0);
    small_product(true, rows, 64, depth, a.values.data(), a.row, b.values.data(), b.row, all.values.data(), all.row,
                  false);
    for (Index i = 0; i < a.rows; ++i) {
      small_product(true, 1, 64, depth, &a.values[static_cast<std::size_t>(i * a.row)], a.row, b.values.data(), b.row,
                    one.values.data(), one.row, false);
      CHECK(std::equal(one.values.begin(), one.values.end(), all.values.begin() + i * all.row));
    }
  }
}

TEST_CASE("a transposed copy has each number in its place") {
  for (const Index rows : {1, 16, 31, 32, 48})
    for (const Index columns : {1, 5, 16, 33}) {
      std::vector<float> from(static_cast<std::size_t>(rows * columns)), to(from.size(), NAN);
      for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i);
      copy_transposed(rows, columns, from.data(), to.data());
      Index wrong = 0;
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < columns; ++j)
          wrong += to[static_cast<std::size_t>(j * rows + i)] != static_cast<float>(i * columns + j);
      CHECK(wrong == 0);
    }
}

TEST_CASE("multiply agrees with the definition on both sides of where small products pay") {
  std::mt19937 random(4);
  for (const Index m : {4, 32, 130})
    for (const Index n : {48, 50, 512})
      for (const Index k : {31, 32, 64, 200})
        for (const bool transpose_b : {false, true}) {
          CAPTURE(m, n, k, transpose_b, small_product_pays(transpose_b, m, n, k));
          const Matrix a = random_matrix(m, k, 1, random);
          const Matrix b = transpose_b ? random_matrix(n, k, 2, random) : random_matrix(k, n, 2, random);
          Matrix c(m, n, 3);
          gemm(false, transpose_b, m, n, k, a.values.data(), a.row, b.values.data(), b.row, c.values.data(), c.row,
               false);
          CHECK(distance(c, definition(a, b, transpose_b), 1) < 1e-4);
        }
  // A transposed left factor is OpenBLAS's.
  const Matrix a = random_matrix(64, 32, 1, random), b = random_matrix(64, 64, 2, random);
  Matrix upright(32, 64, 0);
  for (Index i = 0; i < 32; ++i)
    for (Index j = 0; j < 64; ++j) upright.at(i, j) = a.at(j, i);
  Matrix c(32, 64, 3);
  gemm(true, false, 32, 64, 64, a.values.data(), a.row, b.values.data(), b.row, c.values.data(), c.row, false);
  CHECK(distance(c, definition(upright, b, false), 1) < 1e-4);
}

}  // namespace
}  // namespace glance::detail
