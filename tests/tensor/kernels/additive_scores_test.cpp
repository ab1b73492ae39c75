// Additive scores against their formula, and their gradients against differences.
#include "glance/tensor/kernels/additive_scores.h"

#include <cmath>
#include <limits>

#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

Shape join(Shape leading, Index rows, Index columns) {
  leading.push_back(rows);
  leading.push_back(columns);
  return leading;
}

struct Case {
  Shape leading;
  Index targets, sources, features;
};

const std::vector<Case> cases{{{2}, 3, 4, 5}, {{}, 1, 2, 1},  {{2, 3}, 2, 1, 37}, {{1}, 1, 7, 16},
                              {{2}, 2, 3, 0}, {{2}, 0, 3, 4}, {{2}, 3, 0, 4},     {{0}, 2, 3, 4}};

}  // namespace

TEST_CASE("additive scores follow their formula, and their derivatives are those of their values", "[attention]") {
  for (const Case& c : cases) {
    INFO(to_string(join(c.leading, c.targets, c.sources)) << " of " << c.features);
    const Tensor query = noise(join(c.leading, c.targets, c.features), f64, 1);
    const Tensor keys = noise(join(c.leading, c.sources, c.features), f64, 2), v = noise({c.features}, f64, 3);
    const Tensor scores = additive_scores_forward(query, keys, v);
    REQUIRE(scores.shape() == join(c.leading, c.targets, c.sources));
    const auto q = numbers(query), k = numbers(keys), factor = numbers(v), got = numbers(scores);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const auto n = static_cast<std::size_t>(c.features), sources = static_cast<std::size_t>(c.sources);
      const std::size_t row = i / sources, batch = row / static_cast<std::size_t>(c.targets), s = i % sources;
      double expected = 0;
      for (std::size_t j = 0; j < n; ++j)
        expected += factor[j] * std::tanh(q[row * n + j] + k[(batch * sources + s) * n + j]);
      REQUIRE(got[i] == Approx(expected).margin(1e-14));
    }
    check_close(additive_scores_forward(to_f32(query), to_f32(keys), to_f32(v)), scores, 1e-5);

    const Tensor d_scores = noise(scores.shape(), f64, 4);
    const auto loss = [&] { return dot(additive_scores_forward(query, keys, v), d_scores); };
    for (const bool accumulate : {false, true}) {
      const Destination to_query{filled(query.shape(), f64, 7), accumulate},
          to_keys{filled(keys.shape(), f64, 7), accumulate}, to_v{filled(v.shape(), f64, 7), accumulate};
      additive_scores_backward(query, keys, v, d_scores, to_query, to_keys, to_v);
      const auto check = [&](const Destination& to, const Tensor& x) {
        std::vector<double> expected = numbers(numeric_gradient(loss, x));
        for (double& value : expected) value += accumulate ? 7 : 0;
        check_close(to.tensor, from(expected, x.shape(), f64), 1e-9);
      };
      check(to_query, query);
      check(to_keys, keys);
      check(to_v, v);
      const Destination only{filled(keys.shape(), f64, 7), accumulate};
      additive_scores_backward(query, keys, v, d_scores, {}, only, {});
      check_close(only.tensor, to_keys.tensor, 0);
    }
  }
}

TEST_CASE("additive scores take permuted views, and one buffer for several gradients", "[attention]") {
  const Tensor memory = noise({3, 2, 4}, f64, 1), x(memory, {2, 3, 4}, {4, 8, 1}, 0), v = noise({4}, f64, 3);
  check_close(additive_scores_forward(x, x, v), additive_scores_forward(copy(x), copy(x), v), 0);
  const Tensor d_scores = noise({2, 3, 3}, f64, 4), buffer = filled({2, 3, 4}, f64, 7);
  additive_scores_backward(x, x, v, d_scores, {buffer, false}, {buffer, true}, {});
  const Tensor dense = copy(x);
  const auto loss = [&] { return dot(additive_scores_forward(dense, dense, v), d_scores); };
  check_close(buffer, numeric_gradient(loss, dense), 1e-9);
}

TEST_CASE("a score whose gradient is 0 takes no part", "[attention]") {
  const Tensor query = noise({1, 3}, f64, 1), keys = noise({2, 3}, f64, 2), v = noise({3}, f64, 3);
  keys.write<double>()[4] = std::numeric_limits<double>::quiet_NaN();
  const Tensor to_query = filled({1, 3}, f64, 0), to_keys = filled({2, 3}, f64, 0), to_v = filled({3}, f64, 0);
  additive_scores_backward(query, keys, v, from({0.5, 0}, {1, 2}, f64), {to_query, false}, {to_keys, false},
                           {to_v, false});
  for (const Tensor& gradient : {to_query, to_keys, to_v})
    for (const double value : numbers(gradient)) CHECK(std::isfinite(value));
  CHECK(numbers(to_keys)[4] == 0);
}

TEST_CASE("additive scores say what does not fit", "[attention]") {
  const Tensor query = noise({2, 3}, f32, 1), keys = noise({4, 3}, f32, 2), v = noise({3}, f32, 3);
  CHECK_THROWS_WITH(additive_scores_forward(v, keys, v),
                    "additive_scores: query is [3], expected [..., targets, features]");
  CHECK_THROWS_WITH(additive_scores_forward(query, noise({4, 2}, f32, 1), v),
                    "additive_scores: query [2, 3] and keys [4, 2]: wanted [..., targets, features] and [..., sources, "
                    "features]");
  CHECK_THROWS_WITH(additive_scores_forward(query, keys, noise({2}, f32, 1)), Contains("v is [2], expected [3]"));
  CHECK_THROWS_WITH(additive_scores_forward(query, to(keys, f64), v), Contains("keys is f64, expected f32"));
  CHECK_THROWS_WITH(additive_scores_forward(to(query, i64), keys, v), Contains("i64"));
  CHECK_THROWS_AS(additive_scores_backward(query, keys, v, noise({2, 3}, f32, 1), {}, {}, {}), Error);
}
