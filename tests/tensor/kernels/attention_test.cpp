// The attention kernel against its three steps, with masks, permuted views and shared buffers for gradients.
#include "glance/tensor/kernels/attention.h"

#include <cmath>

#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Case {
  Shape leading;
  Index targets, sources, features, value_features;
  Shape visible;  // {0}: none
  double scale = 1;
  bool causal = false;
  Shape bias = {0};
};

const std::vector<Case> cases{
    {{2}, 3, 4, 5, 6, {0}},
    {{3}, 1, 7, 19, 35, {3, 1, 7}},
    {{3}, 1, 3, 4, 4, {3, 1, 3}, 0.5},
    {{2}, 4, 9, 33, 2, {2, 4, 9}},
    {{2, 3}, 2, 3, 4, 5, {2, 1, 1, 3}},
    {{}, 2, 5, 3, 3, {5}, 0.25},
    {{2, 2}, 1, 5, 3, 1, {5}},
    {{2}, 2, 3, 2, 2, {2, 2, 1}},
    {{1}, 3, 1, 1, 1, {0}},
    {{2}, 1, 21, 40, 40, {21}, 2.0},
    // Targets that see what is earlier: fewer sources than targets, kept ones, several blocks, and one alone.
    {{2}, 5, 5, 3, 4, {0}, 1, true},
    {{2}, 5, 3, 3, 4, {0}, 0.5, true},
    {{2}, 2, 6, 3, 4, {2, 1, 6}, 1, true},
    {{}, 70, 70, 2, 3, {0}, 1, true},
    {{}, 130, 131, 2, 1, {1, 131}, 1, true},
    {{2}, 1, 6, 3, 4, {0}, 1, true},
    // Numbers added to the scores, of every shape that stretches; some are minus infinity.
    {{2}, 3, 4, 5, 6, {0}, 1, false, {2, 3, 4}},
    {{2, 3}, 2, 5, 3, 4, {2, 1, 1, 5}, 0.5, false, {3, 2, 5}},
    {{2, 3}, 1, 5, 3, 4, {0}, 0.5, false, {3, 1, 5}},
    {{2, 3}, 4, 4, 3, 4, {4, 4}, 2, true, {4}},
    {{2}, 3, 4, 3, 4, {0}, 1, false, {2, 3, 1}},
    {{}, 2, 3, 3, 4, {2, 1}, 1, false, {}}};

Shape join(const Case& c, Index rows, Index columns) {
  Shape shape = c.leading;
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}

AttentionArguments arguments_for(const Case& c, DType dtype) {
  AttentionArguments a;
  a.query = noise(join(c, c.targets, c.features), dtype, 1);
  a.keys = noise(join(c, c.sources, c.features), dtype, 2);
  a.values = noise(join(c, c.sources, c.value_features), dtype, 3);
  a.scale = c.scale;
  if (c.visible != Shape{0}) {
    const Tensor random = noise(c.visible, f64, 4);
    a.visible = Tensor(c.visible, boolean);
    for (Index i = 0; i < random.numel(); ++i) a.visible.write<bool>()[i] = random.read<double>()[i] > -0.3;
  }
  a.causal = c.causal;
  if (c.bias != Shape{0}) {
    a.bias = noise(c.bias, dtype, 5);
    if (c.bias.numel() > 3) assign(Tensor(a.bias, {1}, {1}, 2), filled({1}, dtype, -infinity));
  }
  return a;
}

// A mask over the scores, one number each.
Tensor stretched(const Tensor& mask, const Shape& scores, double otherwise) {
  const Tensor all = filled(scores, f64, otherwise);
  if (mask.defined()) assign(all, to(mask, f64));
  return all;
}

// The three steps, one number at a time.
struct Reference {
  std::vector<double> context, weights;

  Reference(const AttentionArguments& a, const Case& c) {
    const auto query = numbers(a.query), keys = numbers(a.keys), values = numbers(a.values);
    const Shape scores = join(c, c.targets, c.sources);
    const auto visible = numbers(stretched(a.visible, scores, 1)), bias = numbers(stretched(a.bias, scores, 0));
    const Index rows = scores.numel() / c.sources;
    for (Index row = 0; row < rows; ++row) {
      const Index batch = row / c.targets;
      std::vector<double> weight;
      double sum = 0;
      for (Index s = 0; s < c.sources; ++s) {
        double score = 0;
        for (Index j = 0; j < c.features; ++j)
          score += query[static_cast<std::size_t>(row * c.features + j)] *
                   keys[static_cast<std::size_t>((batch * c.sources + s) * c.features + j)];
        const auto at = static_cast<std::size_t>(row * c.sources + s);
        const bool seen = visible[at] != 0 && (!c.causal || s <= row % c.targets + c.sources - c.targets);
        weight.push_back(seen ? std::exp(c.scale * score + bias[at]) : 0.0);
        sum += weight.back();
      }
      for (double& w : weight) w = sum > 0 ? w / sum : 0;
      weights.insert(weights.end(), weight.begin(), weight.end());
      for (Index j = 0; j < c.value_features; ++j) {
        double total = 0;
        for (Index s = 0; s < c.sources; ++s)
          total += weight[static_cast<std::size_t>(s)] *
                   values[static_cast<std::size_t>((batch * c.sources + s) * c.value_features + j)];
        context.push_back(total);
      }
    }
  }
};

Destination destination_like(const Tensor& x, double start, bool accumulate) {
  return {filled(x.shape(), x.dtype(), start), accumulate};
}

}  // namespace

TEST_CASE("attention follows its three steps", "[attention]") {
  for (const Case& c : cases) {
    INFO(to_string(join(c, c.targets, c.sources))
         << " visible " << to_string(c.visible) << " bias " << to_string(c.bias));
    for (const DType dtype : {f64, f32}) {
      const AttentionArguments a = arguments_for(c, dtype);
      const AttentionResult result = attention_forward(a);
      const Reference expected(a, c);
      const double tolerance = dtype == f64 ? 1e-14 : 2e-6;
      check_close(result.weights, from(expected.weights, join(c, c.targets, c.sources), f64), tolerance);
      check_close(result.context, from(expected.context, join(c, c.targets, c.value_features), f64), tolerance);
    }
  }
}

TEST_CASE("attention's derivatives are those of its values", "[attention]") {
  for (const Case& c : cases) {
    INFO(to_string(join(c, c.targets, c.sources))
         << " visible " << to_string(c.visible) << " bias " << to_string(c.bias));
    const AttentionArguments a = arguments_for(c, f64);
    const AttentionResult result = attention_forward(a);
    const Tensor d_context = noise(result.context.shape(), f64, 11), d_weights = noise(result.weights.shape(), f64, 12);
    for (const int given : {1, 2, 3}) {
      const Tensor d_c = given & 1 ? d_context : Tensor(), d_w = given & 2 ? d_weights : Tensor();
      const auto loss = [&] {
        const AttentionResult r = attention_forward(a);
        return (given & 1 ? dot(r.context, d_context) : 0) + (given & 2 ? dot(r.weights, d_weights) : 0);
      };
      for (const bool accumulate : {false, true}) {
        AttentionDestinations to{destination_like(a.query, 7, accumulate), destination_like(a.keys, 7, accumulate),
                                 destination_like(a.values, 7, accumulate)};
        if (a.bias.defined()) to.bias = destination_like(a.bias, 7, accumulate);
        attention_backward(a, result.weights, d_c, d_w, to);
        const auto check = [&](const Destination& gradient, const Tensor& x) {
          std::vector<double> expected = numbers(numeric_gradient(loss, x));
          for (double& value : expected) value += accumulate ? 7 : 0;
          check_close(gradient.tensor, from(expected, x.shape(), f64), 1e-9);
        };
        check(to.query, a.query);
        check(to.keys, a.keys);
        check(to.values, a.values);
        if (!a.bias.defined()) continue;
        // A difference from minus infinity is no number; there the derivative is 0.
        const auto bias = numbers(a.bias), expected = numbers(numeric_gradient(loss, a.bias)),
                   d = numbers(to.bias.tensor);
        for (std::size_t i = 0; i < bias.size(); ++i)
          REQUIRE(d[i] == Approx((bias[i] == -infinity ? 0 : expected[i]) + (accumulate ? 7 : 0)).margin(1e-9));
      }
    }
    // Only what is wanted; and in f32.
    const AttentionDestinations all{destination_like(a.query, 0, false), destination_like(a.keys, 0, false),
                                    destination_like(a.values, 0, false)};
    attention_backward(a, result.weights, d_context, d_weights, all);
    AttentionDestinations one;
    one.keys = destination_like(a.keys, 0, false);
    attention_backward(a, result.weights, d_context, d_weights, one);
    check_close(one.keys.tensor, all.keys.tensor, 0);
    const AttentionArguments single = arguments_for(c, f32);
    const AttentionDestinations rounded{destination_like(single.query, 0, false),
                                        destination_like(single.keys, 0, false),
                                        destination_like(single.values, 0, false)};
    attention_backward(single, attention_forward(single).weights, to_f32(d_context), to_f32(d_weights), rounded);
    check_close(rounded.query.tensor, all.query.tensor, 1e-5);
    check_close(rounded.keys.tensor, all.keys.tensor, 1e-5);
    check_close(rounded.values.tensor, all.values.tensor, 1e-5);
  }
}

TEST_CASE("one buffer takes the gradients of keys and values together", "[attention]") {
  for (const Index targets : {1, 3}) {
    const Tensor memory = noise({2, 5, 6}, f64, 2);
    const AttentionArguments a{noise({2, targets, 6}, f64, 1), memory, memory, {}};
    const Tensor d_context = noise({2, targets, 6}, f64, 11);
    const Destination buffer = destination_like(memory, 0, true);
    attention_backward(a, attention_forward(a).weights, d_context, {}, {{}, buffer, buffer});
    const auto loss = [&] { return dot(attention_forward(a).context, d_context); };
    check_close(buffer.tensor, numeric_gradient(loss, memory), 1e-9);
  }
}

TEST_CASE("a target that sees nothing gets zeros, and what is hidden does not matter", "[attention]") {
  for (const Index targets : {1, 2}) {
    AttentionArguments a{noise({2, targets, 3}, f32, 1), noise({2, 4, 3}, f32, 2), noise({2, 4, 3}, f32, 3), {}};
    a.visible = Tensor({2, 1, 4}, boolean);
    for (Index i = 0; i < 8; ++i) a.visible.write<bool>()[i] = i < 2;  // the first row sees two, the second nothing
    for (Index j = 0; j < 3; ++j) a.keys.write<float>()[3 * 3 + j] = 1e30f;
    const AttentionResult result = attention_forward(a);
    const auto weights = numbers(result.weights), context = numbers(result.context);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      REQUIRE(std::isfinite(weights[i]));
      if (i >= weights.size() / 2 || i % 4 >= 2) REQUIRE(weights[i] == 0);
    }
    for (std::size_t i = context.size() / 2; i < context.size(); ++i) REQUIRE(context[i] == 0);
    const AttentionDestinations to{destination_like(a.query, 7, false), destination_like(a.keys, 7, false),
                                   destination_like(a.values, 7, false)};
    attention_backward(a, result.weights, noise(result.context.shape(), f32, 5), {}, to);
    const auto d_values = numbers(to.values.tensor), d_keys = numbers(to.keys.tensor);
    for (std::size_t i = 6; i < d_values.size(); ++i) REQUIRE((d_values[i] == 0 && d_keys[i] == 0));
  }
}

TEST_CASE("attention takes slices and transposes as they lie", "[attention]") {
  for (const Index targets : {1, 3}) {
    const AttentionArguments dense{
        noise({2, targets, 4}, f64, 1), noise({2, 5, 4}, f64, 2), noise({2, 5, 6}, f64, 3), {}};
    const auto columns_first = [](const Tensor& x) {  // the same numbers, columns contiguous
      const Shape& s = x.shape();
      const Tensor view(Tensor({s[0], s[2], s[1]}, f64), s, {s[1] * s[2], 1, s[1]}, 0);
      assign(view, x);
      return view;
    };
    const auto time_first = [](const Tensor& x) {
      const Shape& s = x.shape();
      const Tensor view(Tensor({s[1], s[0], s[2]}, f64), s, {s[2], s[0] * s[2], 1}, 0);
      assign(view, x);
      return view;
    };
    const AttentionResult expected = attention_forward(dense);
    const Tensor d_context = noise(expected.context.shape(), f64, 11);
    const AttentionDestinations all{destination_like(dense.query, 0, false), destination_like(dense.keys, 0, false),
                                    destination_like(dense.values, 0, false)};
    attention_backward(dense, expected.weights, d_context, {}, all);
    for (int layout = 0; layout < 2; ++layout) {
      const auto lay = [&](const Tensor& x) { return layout == 0 ? columns_first(x) : time_first(x); };
      const AttentionArguments a{lay(dense.query), lay(dense.keys), lay(dense.values), {}};
      const AttentionResult result = attention_forward(a);
      check_close(result.context, expected.context, 1e-15);
      const AttentionDestinations to{destination_like(dense.query, 0, false), destination_like(dense.keys, 0, false),
                                     destination_like(dense.values, 0, false)};
      attention_backward(a, lay(result.weights), lay(d_context), {}, to);
      check_close(to.query.tensor, all.query.tensor, 1e-14);
      check_close(to.keys.tensor, all.keys.tensor, 1e-14);
      check_close(to.values.tensor, all.values.tensor, 1e-14);
    }
    // One query row stretched over all targets.
    const AttentionArguments stretched{
        Tensor(dense.query, {2, 3, 4}, {targets * 4, 0, 1}, 0), dense.keys, dense.values, {}};
    const AttentionArguments written{copy(stretched.query), dense.keys, dense.values, {}};
    check_close(attention_forward(stretched).context, attention_forward(written).context, 1e-15);
  }
}

TEST_CASE("heads that are a permuted view give their results in the same order in memory", "[attention]") {
  // [batch, time, heads, features] seen as [batch, heads, time, features]
  const auto heads = [](Index time, Index features, std::uint64_t seed) {
    return Tensor(noise({2, time, 3, features}, f64, seed), {2, 3, time, features},
                  {time * 3 * features, features, 3 * features, 1}, 0);
  };
  for (const Index targets : {1, 4}) {
    const Tensor visible = to(noise({2, 1, 1, 5}, f64, 4), boolean), bias = noise({3, 1, 5}, f64, 5);
    const AttentionArguments a{heads(targets, 4, 1), heads(5, 4, 2), heads(5, 6, 3), visible, bias, 0.5, true};
    const AttentionArguments dense{copy(a.query), copy(a.keys), copy(a.values), visible, bias, 0.5, true};
    const AttentionResult result = attention_forward(a), expected = attention_forward(dense);
    check_close(result.context, expected.context, 1e-15);
    check_close(result.weights, expected.weights, 1e-15);
    CHECK(result.weights.is_dense());
    if (targets > 1) CHECK(result.context.strides()[1] == 6);
    const Tensor d_context = heads(targets, 6, 9);
    const auto gradients = [&](const AttentionArguments& of, const Tensor& d) {
      const AttentionDestinations to{destination_like(of.query, 1, false), destination_like(of.keys, 1, false),
                                     destination_like(of.values, 1, false), destination_like(of.bias, 1, false)};
      attention_backward(of, result.weights, d, {}, to);
      return to;
    };
    const AttentionDestinations actual = gradients(a, d_context), wanted = gradients(dense, copy(d_context));
    check_close(actual.query.tensor, wanted.query.tensor, 1e-15);
    check_close(actual.keys.tensor, wanted.keys.tensor, 1e-15);
    check_close(actual.values.tensor, wanted.values.tensor, 1e-15);
    check_close(actual.bias.tensor, wanted.bias.tensor, 1e-15);
  }
}

// x with NaN or infinity where a source is hidden from everyone.
Tensor spoilt(const Tensor& x, std::initializer_list<Index> rows, double by) {
  const Tensor result = copy(x);
  for (const Index row : rows)
    for (Index j = 0; j < x.shape().back(); ++j) result.write<double>()[row * x.shape().back() + j] = by;
  return result;
}

TEST_CASE("what is hidden takes no part, whatever it holds", "[attention]") {
  for (const double by : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()})
    for (const bool biased : {false, true})
      for (const Index targets : {1, 3}) {
        INFO("targets " << targets << " by " << by << " with a bias " << biased);
        AttentionArguments clean{noise({targets, 4}, f64, 1), noise({9, 4}, f64, 2), noise({9, 3}, f64, 3)};
        clean.visible = Tensor({9}, boolean);
        for (Index i = 0; i < 9; ++i) clean.visible.write<bool>()[i] = i != 1 && i != 6 && i < 7;
        if (biased) {
          clean.bias = filled({9}, f64, 0);
          for (Index i = 0; i < 9; ++i)
            if (!clean.visible.read<bool>()[i]) clean.bias.write<double>()[i] = -infinity;
          clean.visible = {};
        }
        AttentionArguments other = clean;
        other.keys = spoilt(clean.keys, {1, 6, 7, 8}, by);
        other.values = spoilt(clean.values, {1, 6, 7, 8}, by);
        const AttentionResult expected = attention_forward(clean), result = attention_forward(other);
        check_close(result.context, expected.context, 1e-15);
        check_close(result.weights, expected.weights, 1e-15);
        for (const bool accumulate : {false, true}) {
          const auto gradients = [&](const AttentionArguments& of) {
            AttentionDestinations to{destination_like(of.query, 1, accumulate),
                                     destination_like(of.keys, 1, accumulate),
                                     destination_like(of.values, 1, accumulate)};
            if (biased) to.bias = destination_like(of.bias, 1, accumulate);
            attention_backward(of, expected.weights, noise({targets, 3}, f64, 7), noise({targets, 9}, f64, 8), to);
            return to;
          };
          const AttentionDestinations actual = gradients(other), wanted = gradients(clean);
          check_close(actual.query.tensor, wanted.query.tensor, 1e-14);
          check_close(actual.keys.tensor, wanted.keys.tensor, 1e-14);
          check_close(actual.values.tensor, wanted.values.tensor, 1e-14);
          if (biased) check_close(actual.bias.tensor, wanted.bias.tensor, 1e-14);
        }
      }
}

TEST_CASE("what comes later changes nothing earlier, and its gradients go nowhere", "[attention]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Index time : {6, 70, 150}) {
    const Tensor x = noise({time, 4}, f64, 1), late = spoilt(x, {time - 1}, nan);
    const AttentionArguments clean{x, x, x, {}, {}, 0.5, true}, other{late, late, late, {}, {}, 0.5, true};
    const AttentionResult expected = attention_forward(clean), result = attention_forward(other);
    // All but the last row.
    const auto earlier = [&](const Tensor& t) {
      return Tensor(t, {time - 1, t.shape().back()}, {t.shape().back(), 1}, 0);
    };
    check_close(earlier(result.context), earlier(expected.context), 1e-15);
    check_close(earlier(result.weights), earlier(expected.weights), 1e-15);
    // The gradient of a context that comes before: by the last row's weights nothing is NaN.
    Tensor d_context = noise({time, 4}, f64, 2);
    for (Index j = 0; j < 4; ++j) d_context.write<double>()[(time - 1) * 4 + j] = 0;
    const AttentionDestinations to{destination_like(x, 0, false), destination_like(x, 0, false),
                                   destination_like(x, 0, false)};
    const AttentionDestinations wanted{destination_like(x, 0, false), destination_like(x, 0, false),
                                       destination_like(x, 0, false)};
    attention_backward(clean, expected.weights, d_context, {}, wanted);
    AttentionArguments key = clean;
    key.keys = key.values = late;
    attention_backward(key, expected.weights, d_context, {}, to);
    check_close(earlier(to.query.tensor), earlier(wanted.query.tensor), 1e-14);
  }
}

TEST_CASE("one buffer takes the gradients of a sequence that looks at itself", "[attention]") {
  for (const bool causal : {false, true})
    for (const Index time : {1, 5, 100}) {
      const Tensor x = noise({2, time, 3}, f64, 2);
      const AttentionArguments a{x, x, x, {}, {}, 0.5, causal};
      const Tensor d_context = noise({2, time, 3}, f64, 11);
      const Tensor buffer = filled(x.shape(), f64, 7);
      attention_backward(a, attention_forward(a).weights, d_context, {},
                         {{buffer, false}, {buffer, true}, {buffer, true}});
      const auto loss = [&] { return dot(attention_forward(a).context, d_context); };
      check_close(buffer, numeric_gradient(loss, x), 1e-8);
    }
}

TEST_CASE("empty attention", "[attention]") {
  for (const Case& c : {Case{{0}, 2, 3, 4, 5, {0}}, Case{{2}, 0, 3, 4, 5, {0}}, Case{{2}, 1, 3, 0, 5, {0}},
                        Case{{2}, 2, 3, 4, 0, {0}}}) {
    const AttentionArguments a = arguments_for(c, f32);
    const AttentionResult result = attention_forward(a);
    CHECK(result.context.shape() == join(c, c.targets, c.value_features));
    const AttentionDestinations to{destination_like(a.query, 7, false), destination_like(a.keys, 7, false),
                                   destination_like(a.values, 7, false)};
    attention_backward(a, result.weights, result.context, {}, to);
    if (c.targets == 0)
      for (const double value : numbers(to.keys.tensor)) REQUIRE(value == 0);
  }
  for (const Index targets : {1, 2}) {
    const AttentionArguments none{
        noise({2, targets, 3}, f32, 1), noise({2, 0, 3}, f32, 1), noise({2, 0, 4}, f32, 1), {}};
    for (const double value : numbers(attention_forward(none).context)) REQUIRE(value == 0);
  }
}

TEST_CASE("attention's errors say what does not fit", "[attention]") {
  const auto message = [&](const auto& change) {
    AttentionArguments a = arguments_for({{2}, 3, 4, 5, 6, {4}}, f32);
    change(a);
    try {
      attention_forward(a);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK(message([](auto& a) { a.query = noise({5}, f32, 1); }) ==
        "attend: query is [5], expected [..., targets, features]");
  CHECK(message([](auto& a) { a.values = {}; }) == "attend: values is undefined: give a tensor");
  const std::string keys_wanted = ": wanted [..., targets, features] and [..., sources, features]";
  CHECK(message([](auto& a) {
          a.keys = noise({2, 4, 7}, f32, 1);
        }) == "attend: query [2, 3, 5] and keys [2, 4, 7]" + keys_wanted);
  CHECK(message([](auto& a) {
          a.keys = noise({3, 4, 5}, f32, 1);
        }) == "attend: query [2, 3, 5] and keys [3, 4, 5]" + keys_wanted);
  CHECK(message([](auto& a) {
          a.values = noise({2, 3, 6}, f32, 1);
        }) ==
        "attend: keys [2, 4, 5] and values [2, 3, 6]: wanted [..., sources, features] and [..., sources, value "
        "features]");
  CHECK(message([](auto& a) { a.values = to(a.values, f64); }) ==
        "attend: values is f64, expected f32: convert with to(x, f32)");
  CHECK(message([](auto& a) {
          a.visible = Tensor({2, 1, 3}, boolean);
        }) == "attend: visible [2, 1, 3] and scores [2, 3, 4]: wanted what broadcasts to [..., targets, sources]");
  CHECK(message([](auto& a) {
          a.visible = noise({2, 1, 4}, f32, 1);
        }) == "attend: visible is f32, expected bool: convert with to(x, boolean)");
  CHECK(message([](auto& a) {
          a.bias = noise({2, 2, 3, 4}, f32, 1);
        }) == "attend: bias [2, 2, 3, 4] and scores [2, 3, 4]: wanted what broadcasts to [..., targets, sources]");
  CHECK(message([](auto& a) {
          a.bias = noise({2, 1, 4}, f64, 1);
        }) == "attend: bias is f64, expected f32: convert with to(x, f32)");

  const AttentionArguments a = arguments_for({{2}, 3, 4, 5, 6, {4}}, f32);
  const AttentionResult r = attention_forward(a);
  CHECK_THROWS_AS(attention_backward(a, r.context, r.context, {}, {}), Error);
  CHECK_THROWS_AS(attention_backward(a, r.weights, r.weights, {}, {}), Error);
  CHECK_THROWS_AS(attention_backward(a, r.weights, r.context, r.context, {}), Error);
  CHECK_THROWS_AS(attention_backward(a, r.weights, r.context, {}, {{r.context}, {}, {}}), Error);
}
