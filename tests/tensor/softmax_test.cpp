// Softmax with and without a mask: known values, strides, and rows where nothing is left.
#include "glance/tensor/softmax.h"

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

}  // namespace

TEST_CASE("softmax of known numbers") {
  for (const DType dtype : {f32, f64}) {
    const Tensor x = tensor({{0, 0}, {0, std::log(3.0)}}, dtype);
    CHECK(all_close(softmax(x, 1), tensor({{0.5, 0.5}, {0.25, 0.75}}, dtype), 1e-6));
    CHECK(all_close(softmax(transpose(x), 0), tensor({{0.5, 0.25}, {0.5, 0.75}}, dtype), 1e-6));
    CHECK(all_close(log_softmax(x, -1), log(tensor({{0.5, 0.5}, {0.25, 0.75}}, dtype)), 1e-6));
    CHECK(all_close(log_softmax(transpose(x), 0), log(tensor({{0.5, 0.25}, {0.5, 0.75}}, dtype)), 1e-6));
  }
}

TEST_CASE("softmax along any dimension, dense or strided, is the same") {
  Generator generator(1);
  const Tensor x = normal({4, 5, 6}, generator, 0, 3, f64);
  for (int dim = 0; dim < 3; ++dim) {
    const Tensor last = softmax(transpose(x, dim, -1), -1);
    CHECK(all_close(softmax(x, dim), transpose(last, dim, -1), 1e-12));
    CHECK(all_close(sum(softmax(x, dim), dim), ones_like(sum(x, dim)), 1e-12));
    CHECK(all_close(exp(log_softmax(x, dim)), softmax(x, dim), 1e-12));
  }
}

TEST_CASE("softmax does not overflow and keeps its digits far from zero") {
  CHECK(same(softmax(tensor({1000, 1000, -1000}), 0), tensor({0.5, 0.5, 0})));
  const double log_half = -std::log(2.0);
  CHECK(all_close(log_softmax(tensor({30000, 30000}), 0), tensor({log_half, log_half}), 1e-6));
  CHECK(all_close(log_softmax(tensor({{30000}, {30000}}), 0), tensor({{log_half}, {log_half}}), 1e-6));
  CHECK(log_softmax(tensor({0, 200}), 0).to_vector<float>()[0] == -200);
}

TEST_CASE("softmax gives hidden places no weight, and NaN where all are hidden or any is infinite") {
  CHECK(same(softmax(tensor({1, -infinity, 1}), 0), tensor({0.5, 0, 0.5})));
  CHECK(log_softmax(tensor({1, -infinity}), 0).to_vector<float>()[1] == -infinity);
  for (const int dim : {0, 1}) {
    const Tensor hidden = full({2, 2}, -infinity);
    CHECK(all(is_nan(softmax(hidden, dim))).item() == 1);
    CHECK(all(is_nan(log_softmax(hidden, dim))).item() == 1);
    const Tensor infinite = full({2, 2}, infinity);
    CHECK(all(is_nan(softmax(infinite, dim))).item() == 1);
  }
  CHECK(all(is_nan(softmax(tensor({1, infinity, -infinity}), 0))).item() == 1);
  CHECK(all(is_nan(log_softmax(tensor({1, infinity, -infinity}), 0))).item() == 1);
}

TEST_CASE("softmax of nothing, and its errors") {
  CHECK(softmax(zeros({2, 0}), 1).shape() == Shape{2, 0});
  CHECK(log_softmax(zeros({0, 2}), 0).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(softmax(zeros({2}), 1), "softmax: [2] has no dimension 1");
  CHECK_THROWS_WITH(softmax(arange(2), 0),
                    "softmax: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_AS(log_softmax(zeros({2}), 1), Error);
  CHECK_THROWS_AS(log_softmax(arange(2), 0), Error);
}

TEST_CASE("masked softmax is softmax of what is visible, and repeats its mask in place") {
  Generator g(2);
  for (const DType dtype : {f32, f64}) {
    const Tensor x = normal({2, 3, 4, 5}, g, 0, 1, dtype);
    const std::vector<Shape> shapes{{}, {5}, {4, 1}, {2, 1, 1, 5}, {3, 4, 5}, {2, 3, 4, 5}};
    for (const Shape& shape : shapes) {
      INFO(to_string(shape));
      const Tensor visible = bernoulli(shape, 0.6, g), seen = copy(expand(visible, x.shape()));
      const Tensor exps = where(seen, exp(x), zeros_like(x)), total = sum(exps, -1, true);
      const Tensor expected = exps / where(equal(total, 0.0), 1.0, total);
      CHECK(all_close(masked_softmax(x, visible), expected, 1e-6, 1e-7));
      CHECK(same(masked_softmax(transpose(x), transpose(seen)), masked_softmax(copy(transpose(x)), transpose(seen))));
    }
    CHECK(all_close(masked_softmax(x), softmax(x, -1), 1e-6));
  }
}

TEST_CASE("masked softmax of rows where nothing is left, of hidden NaN, and its errors") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(same(masked_softmax(tensor({{-infinity, -infinity}, {1, 1}})), tensor({{0, 0}, {0.5, 0.5}})));
  CHECK(same(masked_softmax(tensor({nan, 2, infinity}), tensor({0, 1, 0}, boolean)), tensor({0, 1, 0})));
  const Tensor spoilt = masked_softmax(tensor({nan, 2, 3}), tensor({1, 1, 0}, boolean));
  CHECK(std::isnan(spoilt.read<float>()[0]));
  CHECK(spoilt.read<float>()[2] == 0);  // what is hidden stays 0
  CHECK(masked_softmax(zeros({2, 0}), zeros({1, 0}, boolean)).shape() == Shape{2, 0});
  CHECK(masked_softmax(zeros({0, 2})).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(masked_softmax(zeros({2, 3}), zeros({4, 3}, boolean)),
                    "masked_softmax: visible [4, 3] does not broadcast to [2, 3]");
  CHECK_THROWS_WITH(masked_softmax(zeros({2, 3}), zeros({3})), Contains("visible is f32, expected bool"));
  CHECK_THROWS_AS(masked_softmax(zeros({2, 3}, i64)), Error);
  CHECK_THROWS_AS(masked_softmax(zeros({})), Error);
}
