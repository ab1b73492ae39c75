// What is hidden stays hidden, in values and gradients, fused and composed; and a target that sees nothing gets zeros.
#include "glance/autograd/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

std::vector<Tensor> inputs(const Shape& lead, Index targets, Index sources, Index features, Index value_features,
                           DType dtype = f64) {
  Generator g(3);
  const auto random = [&](Index rows, Index columns) {
    Shape shape = lead;
    shape.push_back(rows);
    shape.push_back(columns);
    return normal(shape, g, 0, 1, dtype);
  };
  return {random(targets, features), random(sources, features), random(sources, value_features)};
}

// The second sequence is shorter; in the third, nothing can be seen.
const Tensor visible = tensor({{{1, 1, 1}}, {{1, 0, 0}}, {{0, 0, 0}}}, boolean);

}  // namespace

TEST_CASE("attention by hand") {
  // Scores 0 and ln 3, so weights 1/4 and 3/4.
  const Variable query = tensor({{1, 0}}, f64);
  const Variable keys = tensor({{0, 5}, {std::log(3.0), -2}}, f64);
  const Variable values = tensor({{4, 0, 8}, {0, 4, 8}}, f64);
  const auto [context, weights] = attend(query, keys, values);
  CHECK(all_close(attention_scores(query, keys).value(), tensor({{0, std::log(3.0)}}, f64)));
  CHECK(all_close(weights.value(), tensor({{0.25, 0.75}}, f64)));
  CHECK(all_close(context.value(), tensor({{1, 3, 8}}, f64)));
}

TEST_CASE("the gradient of a score is its weight times how far its value beats the average") {
  Generator g(1);
  const Variable scores = parameter(normal({1, 4}, g, 0, 1, f64));
  const Tensor values = normal({4, 3}, g, 0, 1, f64);
  const Tensor d_context = normal({1, 3}, g, 0, 1, f64);
  const Variable weights = attention_weights(scores);
  const Variable context = attention_context(weights, values);
  const Tensor by_autograd = grad(context, {scores}, d_context)[0].value();
  // dL/ds_i = a_i (v_i - c) · dL/dc
  const Tensor by_hand = weights.value() * sum((values - context.value()) * d_context, 1);
  CHECK(all_close(by_autograd, by_hand, 1e-12, 1e-12));
}

TEST_CASE("nothing visible gives zeros, and no gradient, never NaN") {
  std::vector<Variable> parameters;
  for (const Tensor& t : inputs({3}, 2, 3, 4, 5)) parameters.push_back(parameter(t));
  const auto [context, weights] = attend(parameters[0], parameters[1], parameters[2], {.visible = visible});
  CHECK(same(select(weights.value(), 0, 2), zeros({2, 3}, f64)));
  CHECK(same(select(context.value(), 0, 2), zeros({2, 5}, f64)));
  CHECK(all_close(select(weights.value(), 0, 1), tensor({{1, 0, 0}, {1, 0, 0}}, f64)));
  for (const auto& gradient : grad(sum(context) + sum(square(weights)), std::span<const Variable>(parameters))) {
    CHECK(all(is_finite(gradient.value())).item() == 1);
    CHECK(same(select(gradient.value(), 0, 2), zeros_like(select(gradient.value(), 0, 2))));
  }
}

TEST_CASE("what is hidden cannot matter") {
  auto all = inputs({3}, 2, 3, 4, 5);
  const auto before = attend(all[0], all[1], all[2], {.visible = visible});
  // The second sequence's last two sources.
  const Tensor hidden = slice(select(all[2], 0, 1), 0, 1, 3);
  assign(hidden, full({2, 5}, 1e6, f64));
  assign(slice(select(all[1], 0, 1), 0, 1, 3), full({2, 4}, 1e6, f64));
  const auto after = attend(all[0], all[1], all[2], {.visible = visible});
  CHECK(same(before.context.value(), after.context.value()));
}

TEST_CASE("shapes that do not fit attention are named") {
  const Variable query = zeros({2, 3});
  CHECK_THROWS_WITH(
      attend(query, zeros({4, 5}), zeros({4, 5})),
      "attend: query [2, 3] and keys [4, 5]: wanted [..., targets, features] and [..., sources, features]");
  CHECK_THROWS_WITH(attend(query, zeros({4, 3}), zeros({5, 3})), Contains("[5, 3]"));
  CHECK_THROWS_WITH(attend(query, zeros({4, 3}), zeros({4, 3}), {.visible = ones({3, 4}, boolean)}),
                    Contains("visible"));
}

TEST_CASE("causal masks, square and for keys that were kept") {
  CHECK(same(causal(3), tensor({{1, 0, 0}, {1, 1, 0}, {1, 1, 1}}, boolean)));
  CHECK(same(causal(2, 4), tensor({{1, 1, 1, 0}, {1, 1, 1, 1}}, boolean)));
  CHECK(same(causal(3, 1), tensor({{0}, {0}, {1}}, boolean)));
  CHECK(causal(0).shape() == Shape{0, 0});
  CHECK_THROWS_AS(causal(-1), Error);
}

TEST_CASE("attending one target at a time, a few at a time and all at once give the same") {
  const auto all = inputs({2, 3}, 9, 9, 4, 5);
  const AttendOptions options{.scale = 0.5, .causal = true};
  const Attended once = attend(all[0], all[1], all[2], options);
  for (const Index step : {1, 2, 4})
    for (Index from = 0; from < 9; from += step) {
      const Index to = std::min<Index>(9, from + step);
      const Attended part =
          attend(slice(all[0], -2, from, to), slice(all[1], -2, 0, to), slice(all[2], -2, 0, to), options);
      CHECK(all_close(part.context.value(), slice(once.context.value(), -2, from, to), 1e-13, 1e-14));
      CHECK(all_close(part.weights.value(), slice(slice(once.weights.value(), -2, from, to), -1, 0, to), 1e-13, 1e-14));
    }
}

TEST_CASE("options of attend by hand") {
  // Scores 0 and ln 3 again: scaled by 2 they are 0 and ln 9; a bias of ln 3 on the first gives weights 3/12, 9/12.
  const Variable query = tensor({{1, 0}}, f64);
  const Variable keys = tensor({{0, 5}, {std::log(3.0), -2}}, f64);
  const Variable values = tensor({{4, 0, 8}, {0, 4, 8}}, f64);
  for (auto* like : {attend, composed_attend}) {
    CHECK(all_close(like(query, keys, values, {.scale = 2}).weights.value(), tensor({{0.1, 0.9}}, f64)));
    const Tensor bias = tensor({std::log(3.0), 0}, f64);
    CHECK(
        all_close(like(query, keys, values, {.bias = bias, .scale = 2}).weights.value(), tensor({{0.25, 0.75}}, f64)));
    const double hidden = -std::numeric_limits<double>::infinity();
    const Attended one = like(query, keys, values, {.bias = tensor({0, hidden}, f64)});
    CHECK(same(one.weights.value(), tensor({{1, 0}}, f64)));
    const Attended none = like(query, keys, values, {.bias = tensor({hidden, hidden}, f64)});
    CHECK(same(none.context.value(), zeros({1, 3}, f64)));
  }
}

TEST_CASE("a bias that is minus infinity for a whole row gives zeros and no gradient, never NaN") {
  std::vector<Variable> parameters;
  for (const Tensor& t : inputs({}, 2, 3, 4, 5)) parameters.push_back(parameter(t));
  const double hidden = -std::numeric_limits<double>::infinity();
  parameters.push_back(parameter(tensor({{0, 1, hidden}, {hidden, hidden, hidden}}, f64)));
  for (auto* like : {attend, composed_attend}) {
    const auto [context, weights] = like(parameters[0], parameters[1], parameters[2], {.bias = parameters[3]});
    CHECK(same(select(weights.value(), 0, 1), zeros({3}, f64)));
    for (const auto& gradient : grad(sum(context) + sum(square(weights)), std::span<const Variable>(parameters)))
      CHECK(all(is_finite(gradient.value())).item() == 1);
  }
}

TEST_CASE("NaN in what is hidden stays there, forward and backward") {
  auto all = inputs({3}, 2, 3, 4, 5);
  const auto gradients = [&](const AttendOptions& options) {
    std::vector<Variable> parameters;
    for (const Tensor& t : all) parameters.push_back(parameter(copy(t)));
    const auto [context, weights] = attend(parameters[0], parameters[1], parameters[2], options);
    std::vector<Tensor> result{context.value(), weights.value()};
    for (const Variable& gradient : grad(sum(square(context)), std::span<const Variable>(parameters)))
      result.push_back(gradient.value());
    return result;
  };
  const auto before = gradients({.visible = visible});
  for (const int input : {1, 2})
    assign(slice(select(all[static_cast<std::size_t>(input)], 0, 1), 0, 1, 3), full({1}, NAN, f64));
  const auto after = gradients({.visible = visible});
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(all_close(after[i], before[i], 1e-14, 1e-14));
}

TEST_CASE("heads that are a view are put together without a copy") {
  Generator g(3);
  const Tensor states = normal({2, 7, 12}, g);
  const auto heads = [](const Tensor& x) { return transpose(reshape(x, {2, 7, 3, 4}), 1, 2); };
  const Tensor context = attend(heads(states), heads(states), heads(states)).context.value();
  CHECK(transpose(context, 1, 2).is_dense());
}

TEST_CASE("self-attention over packed projections is attention to its parts, with a gradient in one piece") {
  Generator g(7);
  for (const DType dtype : {f64, f32})
    for (const Index time : {1, 5, 70}) {
      INFO(name(dtype) << ", " << time << " places");
      const Variable packed = parameter(normal({2, time, 3 * 2 * 4}, g, 0, 1, dtype));
      const Tensor all_but_3 =
          logical_not(expand(reshape(equal(arange(static_cast<double>(time)), 3), {1, time}), {time, time}));
      const AttendOptions options{.visible = all_but_3, .scale = 0.5, .causal = true};
      const Attended fused = self_attend(packed, 2, options), parts = composed_self_attend(packed, 2, options);
      CHECK(fused.context.shape() == Shape{2, time, 8});
      CHECK(same(fused.context.value(), parts.context.value()));
      CHECK(same(fused.weights.value(), parts.weights.value()));
      const Variable seed(normal({2, time, 8}, g, 0, 1, dtype)), other(normal({2, 2, time, time}, g, 0, 1, dtype));
      const auto loss = [&](const Attended& a) { return sum(a.context * seed) + sum(a.weights * other); };
      const Tensor one = grad(loss(fused), {packed})[0].value(), two = grad(loss(parts), {packed})[0].value();
      CHECK(one.is_dense());
      CHECK(all_close(one, two, dtype == f64 ? 1e-13 : 1e-5));
    }
  CHECK_THROWS_WITH(self_attend(ones({2, 5, 8}), 2),
                    "self_attend: packed [2, 5, 8] for 2 heads: wanted [..., time, 3 · heads · features], query, keys "
                    "and values");
  CHECK_THROWS_WITH(self_attend(ones({12}), 2), Contains("self_attend: packed [12]"));
  CHECK_THROWS_WITH(self_attend(ones({2, 12}), 0), Contains("for 0 heads"));
}
