// Sums, maxima and softmax of a row against their definitions, at lengths around those of vectors.
#include "glance/tensor/row_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include "tests/catch.h"

namespace glance {
namespace {

// All the ways a row splits into wide lanes, four lanes and single elements, and more than one block.
const std::vector<Index> lengths = {0,  1,  2,  3,  4,  5,   7,    15,   16,   17,  20,
                                    31, 32, 33, 64, 67, 100, 4095, 4096, 4097, 9001};

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

template <class T>
constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

// Numbers of no pattern in [-4, 4).
template <class T>
std::vector<T> row(Index n, unsigned seed = 1) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (T& value : x) {
    seed = seed * 1664525u + 1013904223u;
    value = static_cast<T>(seed >> 8) / static_cast<T>(1 << 21) - 4;
  }
  return x;
}

template <class T>
std::vector<long double> reference_softmax(const std::vector<T>& x) {
  long double sum = 0;
  std::vector<long double> result;
  for (T value : x) sum += std::exp(static_cast<long double>(value));
  for (T value : x) result.push_back(std::exp(static_cast<long double>(value)) / sum);
  return result;
}

template <class T>
constexpr double tolerance = 4 * static_cast<double>(std::numeric_limits<T>::epsilon());

}  // namespace

TEMPLATE_TEST_CASE("row sums, products and deviations are those of the definition", "", float, double) {
  for (Index n : lengths) {
    const auto x = row<TestType>(n, 1), y = row<TestType>(n, 2);
    long double sum = 0, size = 0, dot = 0, products = 0, squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum += x[i];
      size += std::fabs(x[i]);
      dot += static_cast<long double>(x[i]) * y[i];
      products += std::fabs(static_cast<long double>(x[i]) * y[i]);
      squares += (static_cast<long double>(x[i]) - 0.5L) * (static_cast<long double>(x[i]) - 0.5L);
    }
    // Relative to the sum of magnitudes: the sum itself may cancel.
    const auto close = [](TestType result, long double expected, long double scale) {
      return std::fabs(static_cast<long double>(result) - expected) <= tolerance<TestType> * scale;
    };
    INFO("n = " << n);
    CHECK(close(row_sum(x.data(), n), sum, size));
    CHECK(close(row_dot(x.data(), y.data(), n), dot, products));
    CHECK(close(row_squared_deviation(x.data(), TestType{0.5}, n), squares, squares));
  }
}

TEST_CASE("an f32 sum does not lose small terms in long rows") {
  // A plain loop in f32 stops growing at 2^24.
  const std::vector<float> ones(30'000'001, 1.0f);
  CHECK(row_sum(ones.data(), 30'000'001) == static_cast<float>(30'000'001));
}

TEST_CASE("the order of a row's sum is fixed") {
  // Lane by lane, then the lanes in a tree: 1e8 and -1e8 meet only in the tree, after the ones were added.
  std::vector<float> x(64, 0.0f);
  x[0] = 1e8f;
  x[16] = -1e8f;
  x[32] = 1.0f;  // joins lane 0, and is lost against 1e8
  x[33] = 1.0f;
  CHECK(row_sum(x.data(), 64) == 1.0f);
}

TEMPLATE_TEST_CASE("the maximum of a row is found wherever it stands", "", float, double) {
  for (Index n : lengths) {
    auto x = row<TestType>(n);
    if (n > 4096) continue;
    for (std::size_t at = 0; at < x.size(); at += 1 + x.size() / 40) {
      auto with = x;
      with[at] = 5;
      CHECK(row_max(with.data(), n) == 5);
      with[at] = not_a_number<TestType>;
      CHECK(std::isnan(row_max(with.data(), n)));
    }
    if (n > 0) CHECK(row_max(x.data(), n) == *std::max_element(x.begin(), x.end()));
  }
  CHECK(row_max<TestType>(nullptr, 0) == -infinity<TestType>);
}

TEMPLATE_TEST_CASE("log-sum-exp is that of the definition, and does not overflow", "", float, double) {
  for (Index n : lengths) {
    if (n == 0) continue;
    auto x = row<TestType>(n);
    long double sum = 0;
    for (TestType value : x) sum += std::exp(static_cast<long double>(value));
    const auto expected = static_cast<double>(std::log(sum));
    CHECK(row_log_sum_exp(x.data(), n) == Approx(expected).epsilon(tolerance<TestType>).margin(tolerance<TestType>));
    for (TestType& value : x) value += 1000;
    CHECK(row_log_sum_exp(x.data(), n) == Approx(expected + 1000).epsilon(1e-6));
  }
  const auto of = [](std::vector<TestType> x) { return row_log_sum_exp(x.data(), static_cast<Index>(x.size())); };
  CHECK(of({}) == -infinity<TestType>);
  CHECK(of({-infinity<TestType>, -infinity<TestType>}) == -infinity<TestType>);
  CHECK(of({-infinity<TestType>, 3}) == 3);
  CHECK(of({infinity<TestType>, 3}) == infinity<TestType>);
  CHECK(std::isnan(of({1, not_a_number<TestType>, 3})));
}

TEMPLATE_TEST_CASE("softmax is that of the definition", "", float, double) {
  for (Index n : lengths) {
    auto x = row<TestType>(n);
    const auto expected = reference_softmax(x);
    std::vector<TestType> out(x.size());
    row_softmax(out.data(), x.data(), n);
    row_softmax(x.data(), x.data(), n);  // in place
    CHECK(x == out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto wanted = static_cast<double>(expected[i]);
      if (out[i] != Approx(wanted).epsilon(tolerance<TestType>)) FAIL(out[i] << " is not " << wanted << ", n = " << n);
    }
  }
}

TEMPLATE_TEST_CASE("softmax of large and infinite numbers", "", float, double) {
  const auto of = [](std::vector<TestType> x) {
    row_softmax(x.data(), x.data(), static_cast<Index>(x.size()));
    return x;
  };
  constexpr TestType inf = infinity<TestType>;
  CHECK(of({10000, 10000, -10000}) == std::vector<TestType>{0.5, 0.5, 0});
  CHECK(of({7, -inf, -inf, 7}) == std::vector<TestType>{0.5, 0, 0, 0.5});
  for (TestType value : of({-inf, -inf})) CHECK(std::isnan(value));
  for (TestType value : of({1, not_a_number<TestType>, 2})) CHECK(std::isnan(value));
}

TEMPLATE_TEST_CASE("softmax of the visible elements leaves the others at zero", "", float, double) {
  for (Index n : lengths) {
    auto x = row<TestType>(n);
    const std::unique_ptr<bool[]> visible(new bool[x.size()]);
    std::vector<TestType> seen;
    for (std::size_t i = 0; i < x.size(); ++i) {
      visible[i] = i % 3 != 1;
      if (visible[i]) {
        seen.push_back(x[i]);
      } else {
        x[i] = i % 2 == 0 ? not_a_number<TestType> : infinity<TestType>;  // whatever a pad holds
      }
    }
    const auto expected = reference_softmax(seen);
    std::vector<TestType> out(x.size());
    row_softmax(out.data(), x.data(), visible.get(), n);
    std::size_t next = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto wanted = visible[i] ? static_cast<double>(expected[next++]) : 0.0;
      if (out[i] != Approx(wanted).epsilon(tolerance<TestType>).margin(0)) FAIL(out[i] << " at " << i << " of " << n);
    }

    std::fill_n(visible.get(), x.size(), false);
    row_softmax(x.data(), x.data(), visible.get(), n);
    CHECK(x == std::vector<TestType>(x.size(), 0));
  }
}

TEST_CASE("softmax of visible minus infinity is zero, of visible NaN is NaN") {
  const bool visible[3] = {true, true, false};
  std::vector<float> x = {-infinity<float>, -infinity<float>, 1};
  row_softmax(x.data(), x.data(), visible, 3);
  CHECK(x == std::vector<float>{0, 0, 0});
  x = {not_a_number<float>, 1, 1};
  row_softmax(x.data(), x.data(), visible, 3);
  CHECK(std::isnan(x[0]));
  CHECK(std::isnan(x[1]));
}

}  // namespace glance
