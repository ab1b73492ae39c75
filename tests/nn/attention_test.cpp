// Each kind of attention scores by its formula and keeps to the common form; multi-head attention hides, caches and
// drops as it should.
#include "glance/nn/attention.h"

#include <algorithm>
#include <cmath>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/products.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/module.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/matmul.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

Variable random(const Shape& shape, std::uint64_t seed, DType dtype = f64) {
  Generator g(seed);
  return normal(shape, g, 0, 1, dtype);
}

// The second sequence has two sources, the third none.
const Tensor visible = tensor({{{1, 1, 1, 1}}, {{1, 1, 0, 0}}, {{0, 0, 0, 0}}}, boolean);

// Every kind, for queries of 6 features and keys and values of 6.
std::vector<Attention> all_kinds(DType dtype) {
  Generator g(1);
  std::vector<Attention> all;
  for (std::size_t kind = 0; kind < attention_names.size(); ++kind)
    all.emplace_back(static_cast<AttentionKind>(kind), 6, 6, g, AttentionOptions{.heads = 2, .dtype = dtype});
  return all;
}

std::vector<std::string> names_of(const Attention& attention) {
  std::vector<std::string> names;
  for (const auto& named : named_parameters(attention)) names.push_back(named.name);
  return names;
}

}  // namespace

TEST_CASE("scores of each kind by hand") {
  Generator g(1);
  const Variable query = random({3, 2}, 1), keys = random({4, 2}, 2), values = random({4, 5}, 3);
  const auto weights_of = [](const Tensor& scores) { return attention_weights(scores).value(); };
  const Tensor dots = matmul(query.value(), transpose(keys.value()));
  CHECK(all_close(DotAttention{}(query, keys, values).weights.value(), weights_of(dots), 1e-12));
  CHECK(all_close(ScaledDotAttention{}(query, keys, values).weights.value(), weights_of(dots / std::sqrt(2.0)), 1e-12));

  const Variable wide = random({4, 3}, 4);
  const GeneralAttention general(2, 3, g, f64);
  const Tensor scores = matmul(matmul(query.value(), general.w.value()), transpose(wide.value()));
  CHECK(all_close(general(query, wide, values).weights.value(), weights_of(scores), 1e-12));

  const AdditiveAttention additive(2, 3, 7, g, f64);
  const Tensor sums = unsqueeze(matmul(query.value(), transpose(additive.w.value())), 1) +
                      unsqueeze(matmul(wide.value(), transpose(additive.u.value())), 0);
  const auto [context, weights] = additive(query, wide, values);
  CHECK(all_close(weights.value(), weights_of(matmul(tanh(sums), additive.v.value())), 1e-12));
  CHECK(all_close(context.value(), matmul(weights.value(), values.value()), 1e-12));
}

TEST_CASE("every kind keeps to the face: shapes, masks, and what is hidden stays hidden") {
  for (const Attention& attention : all_kinds(f64)) {
    INFO(attention_names[static_cast<std::size_t>(attention.kind())]);
    const Variable query = random({3, 2, 6}, 1), keys = random({3, 4, 6}, 2), values = random({3, 4, 6}, 3);
    const auto [context, weights] = attention(query, keys, values, visible);
    CHECK(context.shape() == Shape{3, 2, 6});
    const bool headed = attention.kind() == AttentionKind::multi_head;
    CHECK(weights.shape() == (headed ? Shape{3, 2, 2, 4} : Shape{3, 2, 4}));
    const Tensor totals = sum(weights.value(), -1);
    const double expected = attention.kind() == AttentionKind::none ? 0 : 1;
    CHECK(all_close(slice(totals, 0, 0, 2), full_like(slice(totals, 0, 0, 2), expected), 1e-12));
    CHECK(same(select(weights.value(), 0, 2), zeros_like(select(weights.value(), 0, 2))));
    // Another key and value in a hidden place: the same, and no gradient gets there.
    const Variable other_keys = parameter(copy(keys.value())), other_values = parameter(copy(values.value()));
    for (const Variable& other : {other_keys, other_values})
      assign(slice(select(other.value(), 0, 1), 0, 2, 4), full({1}, 1e3, f64));
    const Attended again = attention(query, other_keys, other_values, visible);
    CHECK(all_close(again.context.value(), context.value(), 1e-12, 1e-12));
    if (attention.kind() == AttentionKind::none) continue;
    for (const Variable& gradient : grad(sum(square(again.context)), {other_keys, other_values}))
      CHECK(same(slice(select(gradient.value(), 0, 1), 0, 2, 4), zeros({2, 6}, f64)));
  }
}

TEST_CASE("an attention of any kind is saved, copied and listed as the layer it holds") {
  const auto all = all_kinds(f32);
  CHECK(names_of(all[0]).empty());
  CHECK(names_of(all[2]).empty());
  CHECK(names_of(all[3]) == std::vector<std::string>{"w"});
  CHECK(names_of(all[4]) == std::vector<std::string>{"w", "u", "v"});
  CHECK(names_of(all[5]) ==
        std::vector<std::string>{"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"});
  const Variable x = random({2, 3, 6}, 1, f32);
  for (std::size_t kind = 0; kind < all.size(); ++kind) {
    CHECK(all[kind].kind() == static_cast<AttentionKind>(kind));
    const Attention other = copy(all[kind]);
    load_state_dict(other, state_dict(all[kind]));
    CHECK(same(other(x, x, x).context.value(), all[kind](x, x, x).context.value()));
    if (names_of(other).empty()) continue;
    check_parameters(other, sum(square(other(x, x, x).context)));
    assign(parameters(other)[0].value(), zeros({1}));
    CHECK_FALSE(same(other(x, x, x).context.value(), all[kind](x, x, x).context.value()));
  }
  CHECK(Attention().kind() == AttentionKind::none);
}

TEST_CASE("multi-head attention is scaled attention over each part of the projected features") {
  Generator g(1);
  const MultiHeadAttention layer(6, 3, g, {.dtype = f64});
  assign(layer.in_proj_bias.value(), random({18}, 7).value());
  assign(layer.out_proj.bias.value(), random({6}, 8).value());
  const Variable query = random({2, 4, 6}, 1), keys = random({2, 5, 6}, 2), values = random({2, 5, 6}, 3);
  const Attended got = layer(query, keys, values);
  std::vector<Variable> contexts, weights;
  const auto projected = [&](const Variable& x, Index number, Index head) {
    const Variable all = linear(x, slice(layer.in_proj_weight, 0, number * 6, number * 6 + 6),
                                slice(layer.in_proj_bias, 0, number * 6, number * 6 + 6));
    return slice(all, -1, head * 2, head * 2 + 2);
  };
  for (Index head = 0; head < 3; ++head) {
    const Attended one =
        ScaledDotAttention{}(projected(query, 0, head), projected(keys, 1, head), projected(values, 2, head));
    contexts.push_back(one.context);
    weights.push_back(one.weights);
  }
  CHECK(all_close(got.context.value(), layer.out_proj(concat(contexts, -1)).value(), 1e-12, 1e-13));
  CHECK(all_close(got.weights.value(), stack(weights, 1).value(), 1e-12));
}

TEST_CASE("multi-head attention gives the same whether its inputs are one variable or equal ones") {
  Generator g(1);
  const MultiHeadAttention layer(6, 2, g, {.dtype = f64});
  const Variable x = parameter(random({2, 5, 6}, 1).value()), y = x * 1.0, z = x * 1.0;
  const auto results = [&](const Variable& q, const Variable& k, const Variable& v) {
    const auto [context, weights] = layer(q, k, v);
    std::vector<Tensor> list{context.value(), weights.value()};
    for (const Variable& gradient : grad(sum(square(context)) + sum(square(weights)),
                                         {x, layer.in_proj_weight, layer.in_proj_bias}, {.retain = true}))
      list.push_back(gradient.value());
    return list;
  };
  const auto apart = results(x, y, z);
  for (const auto& together : {results(x, x, x), results(x, y, y), results(x, x, y)})
    for (std::size_t i = 0; i < apart.size(); ++i) CHECK(all_close(together[i], apart[i], 1e-11, 1e-12));
  // Constants that only share memory are not one.
  const Tensor memory = random({4, 6}, 3).value(), head = slice(memory, 0, 0, 3), tail = slice(memory, 0, 1, 4);
  CHECK(all_close(layer(head, tail, tail).context.value(), layer(copy(head), copy(tail), copy(tail)).context.value(),
                  1e-12));
  CHECK_FALSE(all_close(layer(head, tail, tail).context.value(), layer(head, head, head).context.value(), 1e-12));
}

TEST_CASE("multi-head attention looks back one step at a time as all at once, and hides what is later") {
  Generator g(1);
  const MultiHeadAttention layer(6, 2, g, {.dtype = f64});
  const Variable x = random({2, 5, 6}, 1);
  const AttendOptions causal{.causal = true};
  const Attended all = layer.attend(x, x, x, causal);
  CHECK(all_close(all.context.value(), layer(x, x, x, glance::causal(5)).context.value(), 1e-12, 1e-13));
  for (Index t = 0; t < 5; ++t) {
    const Variable seen = slice(x, 1, 0, t + 1);
    const Variable step = layer.attend(slice(x, 1, t, t + 1), seen, seen, causal).context;
    CHECK(all_close(step.value(), slice(all.context.value(), 1, t, t + 1), 1e-12, 1e-13));
  }
}

TEST_CASE("multi-head attention drops weights while training, and only then") {
  Generator g(1), noise(2);
  const MultiHeadAttention layer(4, 2, g, {.dropout = 0.5});
  const Variable x = random({1, 40, 4}, 1, f32);
  const Tensor kept = layer(x, x, x).weights.value(), dropped = layer(x, x, x, {}, &noise).weights.value();
  CHECK(all(greater(kept, 0.0)).item() == 1);
  CHECK(sum(to(equal(dropped, 0.0), f32)).item() / 3200 == Approx(0.5).margin(0.05));
  CHECK(all_close(where(equal(dropped, 0.0), zeros_like(kept), kept * 2), dropped, 1e-6));
}

TEST_CASE("multi-head attention without a batch, without bias, and with other keys") {
  Generator g(1);
  const MultiHeadAttention layer(4, 2, g, {.bias = false, .kdim = 3, .vdim = 5});
  CHECK_FALSE(layer.in_proj_weight.defined());
  CHECK_FALSE(layer.out_proj.bias.defined());
  CHECK(parameter_count(layer) == 4 * (4 + 3 + 5 + 4));
  const Attended attended = layer(random({2, 4}, 1, f32), random({6, 3}, 2, f32), random({6, 5}, 3, f32));
  CHECK(attended.context.shape() == Shape{2, 4});
  CHECK(attended.weights.shape() == Shape{2, 2, 6});
}

TEST_CASE("sizes that do not fit a layer of attention are named") {
  Generator g(1);
  CHECK_THROWS_WITH(MultiHeadAttention(6, 4, g), "MultiHeadAttention: 4 heads do not share 6 features evenly");
  CHECK_THROWS_WITH(MultiHeadAttention(6, 0, g), "MultiHeadAttention: 0 heads do not share 6 features evenly");
  CHECK_THROWS_WITH(MultiHeadAttention(6, 2, g, {.dropout = 1}), Contains("dropout 1"));
  CHECK_THROWS_WITH(Attention(AttentionKind::dot, 3, 4, g), Contains("queries of 3 features and keys of 4"));
  CHECK_THROWS_WITH(Attention(static_cast<AttentionKind>(9), 3, 4, g), Contains("no kind 9"));
  CHECK_THROWS_AS(GeneralAttention(-1, 3, g), Error);
  const MultiHeadAttention layer(6, 2, g);
  CHECK_THROWS_WITH(layer(zeros({2, 5}), zeros({2, 6}), zeros({2, 6})), Contains("[2, 5]"));
  CHECK_THROWS_WITH(layer(zeros({2, 6}), zeros({3, 6}), zeros({4, 6})), Contains("attend: "));
}
