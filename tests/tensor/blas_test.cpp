// gemm as kernels call it, on whichever BLAS the library was built with.
#include "glance/tensor/blas.h"

#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "glance/tensor/create.h"
#include "glance/tensor/matmul.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

namespace glance {
namespace {

// A matrix in the middle of a wider one, whose other numbers are NaN.
template <class T>
struct Spread {
  Index rows, columns, step;
  std::vector<T> numbers;

  Spread(Index row_count, Index column_count, Index gap)
      : rows(row_count),
        columns(column_count),
        step(column_count + gap),
        numbers(static_cast<std::size_t>(rows * step + 1), std::numeric_limits<T>::quiet_NaN()) {}

  T* data() { return numbers.data() + 1; }  // not at the start of a cache line
  T& at(Index i, Index j) { return numbers[static_cast<std::size_t>(1 + i * step + j)]; }
};

// Whole numbers, whose products and sums are exact, so that any order of adding up gives the same.
template <class T>
Spread<T> whole_numbers(Index rows, Index columns, Index gap, int seed) {
  Spread<T> matrix(rows, columns, gap);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) matrix.at(i, j) = static_cast<T>((i * 7 + j * 5 + seed) % 9 - 4);
  return matrix;
}

// How many numbers of C, and beside it, are not what the definition says.
template <class T>
int wrong_numbers(bool ta, bool tb, Index m, Index n, Index k, Index gap, bool accumulate) {
  Spread<T> a = ta ? whole_numbers<T>(k, m, gap, 1) : whole_numbers<T>(m, k, gap, 1);
  Spread<T> b = tb ? whole_numbers<T>(n, k, 2 * gap, 2) : whole_numbers<T>(k, n, 2 * gap, 2);
  Spread<T> c(m, n, 3 * gap);
  if (accumulate) c = whole_numbers<T>(m, n, 3 * gap, 3);
  Spread<T> before = c;
  gemm(ta, tb, m, n, k, a.data(), a.step, b.data(), b.step, c.data(), c.step, accumulate);
  int wrong = 0;
  for (Index i = 0; i < m; ++i) {
    for (Index j = 0; j < n; ++j) {
      T sum = accumulate ? before.at(i, j) : T(0);
      for (Index p = 0; p < k; ++p) sum += (ta ? a.at(p, i) : a.at(i, p)) * (tb ? b.at(j, p) : b.at(p, j));
      wrong += c.at(i, j) != sum;
    }
    for (Index j = n; j < c.step; ++j) wrong += !std::isnan(c.at(i, j));
  }
  return wrong;
}

TEMPLATE_TEST_CASE("gemm takes every layout", "", float, double) {
  // Around the sizes of vectors, tiles and blocks.
  for (const Index m : {1, 2, 5, 8, 17, 129})
    for (const Index n : {1, 3, 16, 33, 70})
      for (const Index k : {1, 4, 31, 64, 257})
        for (const bool ta : {false, true})
          for (const bool tb : {false, true})
            for (const Index gap : {0, 3})
              for (const bool accumulate : {false, true}) {
                CAPTURE(m, n, k, ta, tb, gap, accumulate);
                REQUIRE(wrong_numbers<TestType>(ta, tb, m, n, k, gap, accumulate) == 0);
              }
}

TEMPLATE_TEST_CASE("gemm reads nothing of an uninitialised result, and skips no zero", "", float, double) {
  const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
  for (const Index n : {1, 2, 40})
    for (const Index k : {1, 2, 300}) {
      std::vector<TestType> a(static_cast<std::size_t>(2 * k)), b(static_cast<std::size_t>(k * n), 1);
      std::vector<TestType> c(static_cast<std::size_t>(2 * n), nan);
      gemm(false, false, 2, n, k, a.data(), k, b.data(), n, c.data(), n, false);
      CHECK(c == std::vector<TestType>(static_cast<std::size_t>(2 * n), 0));
      b.back() = nan;  // 0 · NaN is NaN
      gemm(false, false, 2, n, k, a.data(), k, b.data(), n, c.data(), n, false);
      CHECK(std::isnan(c.back()));
      CHECK((n == 1 || c.front() == 0));
    }
}

TEST_CASE("empty products give nothing, or zeros") {
  std::vector<float> c{1, 2, 3, 4};
  const float* none = nullptr;
  gemm<float>(false, false, 0, 2, 2, none, 2, none, 2, c.data(), 2, false);
  gemm<float>(false, false, 2, 0, 2, none, 2, none, 2, c.data(), 2, false);
  gemm<float>(false, false, 2, 2, 0, none, 2, none, 2, c.data(), 2, true);
  CHECK(c == std::vector<float>{1, 2, 3, 4});
  gemm<float>(false, false, 2, 1, 0, none, 2, none, 2, c.data(), 2, false);
  CHECK(c == std::vector<float>{0, 2, 0, 4});
}

TEST_CASE("gemm refuses what an int cannot count") {
  constexpr Index huge = Index{1} << 31;
  const float* none = nullptr;
  const std::string limit = ": no extent may be beyond 2147483647";
  CHECK_THROWS_WITH(gemm<float>(false, false, huge, 2, 3, none, 3, none, 2, nullptr, 2, false),
                    "matmul: [2147483648, 3] x [3, 2] with rows 3, 2 and 2 apart" + limit);
  CHECK_THROWS_WITH(gemm<float>(false, false, 1, 2, 3, none, huge, none, 2, nullptr, 2, false),
                    "matmul: [1, 3] x [3, 2] with rows 2147483648, 2 and 2 apart" + limit);
}

TEST_CASE("work of all threads is counted") {
  const Tensor a = ones({4, 10, 8});
  const auto work_of = [](const auto& f) {
    const MatmulStatistics before = matmul_statistics();
    f();
    const MatmulStatistics after = matmul_statistics();
    return std::pair(after.calls - before.calls, after.flops - before.flops);
  };
  using Work = std::pair<std::int64_t, std::int64_t>;
  CHECK(work_of([&] { matmul(ones({2, 3}), ones({3, 5})); }) == Work{1, 60});
  CHECK(work_of([&] { matmul(ones({3}), ones({3})); }) == Work{1, 6});
  // A batch times one matrix is one product, of a copy where the rows do not lie evenly.
  CHECK(work_of([&] { matmul(a, ones({8, 6})); }) == Work{1, 2 * 40 * 8 * 6});
  CHECK(work_of([&] { matmul(slice(a, 1, 0, 5), ones({8, 6})); }) == Work{1, 2 * 20 * 8 * 6});
  CHECK(work_of([&] { matmul(a, transpose(a)); }) == Work{4, 4 * 2 * 10 * 8 * 10});
  CHECK(work_of([&] { matmul(zeros({2, 0}), zeros({0, 2})); }) == Work{0, 0});
  // Threads that are gone count too.
  CHECK(work_of([&] {
          std::vector<std::thread> threads;
          for (int t = 0; t < 3; ++t)
            threads.emplace_back([&a] {
              for (int i = 0; i < 10; ++i) matmul(a, transpose(a));
            });
          for (auto& thread : threads) thread.join();
        }) == Work{120, 120 * 2 * 10 * 8 * 10});
}

TEST_CASE("the kernels have a name") {
  const BlasKernels kernels = blas_kernels();
  CHECK_FALSE(kernels.library.empty());
  CHECK_FALSE(kernels.kernels.empty());
  // What could be better is said in one line, with what to do.
  CHECK(kernels.note.find('\n') == std::string::npos);
  CHECK((kernels.note.empty() || kernels.note.find("OpenBLAS") != std::string::npos));
}

}  // namespace
}  // namespace glance
