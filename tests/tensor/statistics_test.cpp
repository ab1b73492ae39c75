// Norms and variances by hand, and without overflow or loss of digits.
#include "glance/tensor/statistics.h"

#include <cmath>
#include <limits>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("norm by hand") {
  const Tensor x = tensor({{3, 4}, {0, -12}});
  CHECK(norm(x).item() == 13);
  CHECK(same(norm(x, 1), tensor({5, 12})));
  CHECK(same(norm(x, -1, true), tensor({{5}, {12}})));
  CHECK(same(norm(transpose(x), 0), tensor({5, 12})));
  CHECK(norm(x, {}, true).shape() == Shape{1, 1});
  CHECK(norm(to(x, f64)).dtype() == f64);
  CHECK(norm(zeros({2, 2}, f64)).item() == 0);
  CHECK(norm(zeros({0}, f64)).item() == 0);
  CHECK(same(norm(zeros({2, 0}), 1), zeros({2})));
  CHECK(norm(scalar(-3)).item() == 3);
}

TEST_CASE("norm neither overflows nor vanishes on the way") {
  CHECK(norm(tensor({3e38, 0})).item() == Approx(3e38).epsilon(1e-6));
  CHECK(norm(tensor({1e-30, 1e-30})).item() == Approx(std::sqrt(2) * 1e-30).epsilon(1e-6));
  CHECK(norm(tensor({3e200, -4e200}, f64)).item() == Approx(5e200));
  CHECK(norm(tensor({3e-200, 4e-200}, f64)).item() == Approx(5e-200));
  CHECK(norm(tensor({5e-324, 0}, f64)).item() == 5e-324);
  CHECK(all_close(norm(tensor({{3e200, 4e200}, {3, 4}, {0, 0}, {3e-170, 4e-170}}, f64), 1),
                  tensor({5e200, 5, 0, 5e-170}, f64), 1e-15, 0));
  CHECK(norm(tensor({3e38, 3e38})).item() == infinity);  // it is beyond f32
  for (const DType dtype : {f32, f64}) {
    CHECK(norm(tensor({1, -infinity}, dtype)).item() == infinity);
    CHECK(std::isnan(norm(tensor({1, not_a_number}, dtype)).item()));
    CHECK(std::isnan(norm(tensor({infinity, not_a_number}, dtype)).item()));
  }
}

TEST_CASE("variance and standard deviation by hand") {
  const Tensor x = tensor({{1, 2, 3, 4}, {2, 2, 2, 6}}, f64);
  CHECK(all_close(var(x, 1), tensor({5. / 3, 4}, f64)));
  CHECK(all_close(var(x, 1, false, 0), tensor({1.25, 3}, f64)));
  CHECK(all_close(standard_deviation(x, 1, true), tensor({{std::sqrt(5. / 3)}, {2}}, f64)));
  CHECK(var(x).item() == Approx(17.5 / 7));  // Σx² = 78 less (Σx)² / 8 = 60.5
  CHECK(var(tensor({1, 2, 3, 4, 10})).item() == Approx(12.5));
  CHECK(same(var(tensor({{1, 5}, {3, 5}}), 0), tensor({2, 0})));
  CHECK(same(deviations(tensor({{1, 5}, {3, 5}}), 0), tensor({{-1, 0}, {1, 0}})));
  CHECK(same(deviations(tensor({{1, 5}, {3, 7}})), tensor({{-3, 1}, {-1, 3}})));
  CHECK(all_close(var(transpose(x), 0), var(x, 1)));
}

TEST_CASE("variance with no degrees of freedom is as in PyTorch") {
  CHECK(std::isnan(var(tensor({3})).item()));
  CHECK(var(tensor({3}), {}, false, 0).item() == 0);
  CHECK(std::isnan(standard_deviation(tensor({3})).item()));
  CHECK(var(tensor({1, 2}), {}, false, 2).item() == infinity);
  CHECK(var(tensor({1, 2}), {}, false, 5).item() == infinity);
  CHECK(std::isnan(var(zeros({0})).item()));
  CHECK(var(zeros({0, 2}), 1).shape() == Shape{0});
  CHECK(std::isnan(var(tensor({1, infinity})).item()));
}

TEST_CASE("variance far from 0 loses nothing, and that of equals is exactly 0") {
  for (const DType dtype : {f32, f64}) {
    for (const double value : {99999.9, 5505.9, 0.1, -1e30, 3e38}) {
      for (const Index count : {7, 300, 100'000}) {
        CHECK(var(full({count}, value, dtype)).item() == 0);
        CHECK(standard_deviation(full({count}, value, dtype)).item() == 0);
      }
    }
  }
  // 0, 1, …, 999 with another origin: the variance stays 1000 · 1001 / 12.
  for (const double origin : {0.0, 1e4, 8e6, -8e6})
    CHECK(var(arange(origin, origin + 1000, 1, f32)).item() == Approx(1000. * 1001 / 12).epsilon(1e-6));
  for (const double origin : {1e9, 4e15, -4e15})
    CHECK(var(arange(origin, origin + 1000, 1, f64)).item() == Approx(1000. * 1001 / 12).epsilon(1e-13));
  // The first entry, from which distances are taken, may be far from all others.
  Generator generator(1);
  const Tensor spread = normal({100'000}, generator, 0, 1, f64);
  spread.write<double>()[0] = 1e6;
  long double mean = 0, squares = 0;
  for (const double value : spread.values<double>()) mean += static_cast<long double>(value) / 100'000;
  for (const double value : spread.values<double>()) squares += (value - mean) * (value - mean);
  CHECK(var(spread).item() == Approx(static_cast<double>(squares / 99'999)).epsilon(1e-13));
  CHECK(var(to(spread, f32)).item() == Approx(static_cast<double>(squares / 99'999)).epsilon(1e-6));
}

TEST_CASE("the standard deviation of large and of small numbers is one of them") {
  CHECK(standard_deviation(tensor({1e30, 3e30})).item() == Approx(std::sqrt(2) * 1e30).epsilon(1e-6));
  CHECK(standard_deviation(tensor({1e200, 3e200}, f64)).item() == Approx(std::sqrt(2) * 1e200));
  CHECK(standard_deviation(tensor({1e-30, 3e-30})).item() == Approx(std::sqrt(2) * 1e-30).epsilon(1e-6));
}

TEST_CASE("lengths and spreads say what they do not take") {
  CHECK_THROWS_WITH(norm(arange(3)), "norm: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(var(arange(3)), "var: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(standard_deviation(ones({1}, boolean)),
                    "standard_deviation: dtype bool: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(norm(zeros({2}), 1), "norm: [2] has no dimension 1");
  CHECK_THROWS_WITH(var(zeros({2}), {0, 0}), "var: dimension 0 of [2] is named twice");
  CHECK_THROWS_WITH(standard_deviation(zeros({2}), -2), "standard_deviation: [2] has no dimension -2");
  CHECK_THROWS_AS(var(Tensor()), Error);
}
