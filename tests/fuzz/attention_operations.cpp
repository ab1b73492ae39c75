// The lines for attention, additive attention and heads in the table of random programs.
#include <cmath>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/attention.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/products.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/attention.h"
#include "glance/tensor/create.h"
#include "glance/tensor/view.h"
#include "tests/fuzz/builder.h"

// Dot-product and additive attention, and heads.
namespace glance::fuzz {

namespace {

// Weights small enough that a chain of layers stays in range.
const Domain weights{.low = -0.75, .high = 0.75};

Shape with_last(Shape shape, Index last) {
  shape[shape.rank() - 1] = last;
  return shape;
}

// A query, and keys and values that fit it.
void draw_query_keys_values(Builder& b, Step& step) {
  const int query = b.any(2);
  Shape keys = b.shape_of(query);
  keys[keys.rank() - 2] = b.chance(0.05) ? 0 : b.between(1, 5);
  const Shape values = with_last(keys, b.chance(0.5) ? keys.back() : b.between(1, 4));
  step.arguments = {query, b.of_shape(keys), 0};
  step.arguments[2] = values == keys && b.chance(0.5) ? step.arguments[1] : b.of_shape(values);
}

Tensor draw_visible(Builder& b, const Shape& scores) {
  return b.chance(0.3) ? Tensor() : b.mask(b.shape_that_stretches_to(scores), 0.7);
}

AttendOptions options_of(Arguments x, const Attributes& a) {
  return {.visible = a.tensor("visible"), .bias = x[3], .scale = a.number("scale"), .causal = a.flag("causal")};
}

Evaluate attend_with(Attended (*f)(const Variable&, const Variable&, const Variable&, const AttendOptions&)) {
  return [f](Arguments x, const Attributes& a) {
    const Attended attended = f(x[0], x[1], x[2], options_of(x, a));
    return Values{attended.context, attended.weights};
  };
}

// What attend() is told beside query, keys and values.
void draw_options(Builder& b, Step& step, const Tensor& visible, int bias) {
  step.arguments.push_back(bias);
  step.attributes.all["visible"] = visible;
  step.attributes.all["scale"] = b.chance(0.4) ? 1.0 : b.number(-1, 1);
  step.attributes.all["causal"] = b.chance(0.3);
}

Evaluate self_attend_with(Attended (*f)(const Variable&, Index, const AttendOptions&)) {
  return [f](Arguments x, const Attributes& a) {
    const Attended attended =
        f(x[0], a.integer("heads"),
          {.visible = a.tensor("visible"), .scale = a.number("scale"), .causal = a.flag("causal")});
    return Values{attended.context, attended.weights};
  };
}

// A value whose features are three times those of one head, or of two. The mask has a dimension for the heads to see.
bool draw_self_attend(Builder& b, Step& step, int x, const Tensor& visible) {
  const Index features = b.shape_of(x).back();
  if (features % 3 != 0) return false;
  step.arguments = {x};
  step.attributes.all["heads"] = features % 6 == 0 && b.chance(0.6) ? Index{2} : Index{1};
  step.attributes.all["visible"] = visible.defined() && visible.rank() >= 2 ? unsqueeze(visible, -3) : visible;
  step.attributes.all["scale"] = b.chance(0.4) ? 1.0 : b.number(-1, 1);
  step.attributes.all["causal"] = b.chance(0.3);
  return true;
}

// Query and keys of as many features, and the factors of their sums.
void add_additive(Builder& b, Step& step, int query, int keys) {
  step.arguments = {query, keys, b.of_shape({b.shape_of(query).back()}, weights)};
}

// The three steps in the words of the formulas, without any kernel for attention.
Variable plain_weights(const Variable& scores, const Tensor& visible) {
  const Variable e = visible.defined() ? where(visible, exp(scores), 0.0) : exp(scores);
  return e / (sum(e, -1, true) + 1e-300);
}

// Multi-head attention with the step's arguments as parameters.
Attended multi_head_with(Arguments x, const Attributes& a, bool apart) {
  Generator generator(1);
  MultiHeadAttention layer(a.integer("heads"), a.integer("heads"), generator);
  layer.in_proj_weight = x[1];
  layer.in_proj_bias = x[2];
  layer.out_proj.weight = x[3];
  layer.out_proj.bias = x[4];
  if (!apart) return layer(x[0], x[0], x[0], a.tensor("visible"));
  // Each projected alone: they are equal, and not the same variable.
  return layer(x[0], x[0] * 1.0, x[0] * 1.0, a.tensor("visible"));
}

void draw_multi_head(Builder& b, Step& step, int x, const Tensor& visible) {
  const Index features = b.shape_of(x).back(), heads = features % 2 == 0 ? 2 : 1;
  step.arguments = {x, b.of_shape({3 * features, features}, weights), b.of_shape_or_none({3 * features}),
                    b.of_shape({features, features}, weights), b.of_shape_or_none({features})};
  step.attributes.all["heads"] = heads;
  step.attributes.all["visible"] = visible;
}

Operation multi_head() {
  const auto run = [](bool apart) {
    return [apart](Arguments x, const Attributes& a) {
      const Attended attended = multi_head_with(x, a, apart);
      return Values{attended.context, attended.weights};
    };
  };
  return {"MultiHeadAttention",
          [](Builder& b, Step& step) {
            const int x = b.any(2);
            if (b.shape_of(x).back() == 0) return false;
            const Index time = b.shape_of(x)[b.shape_of(x).rank() - 2];
            draw_multi_head(b, step, x, b.chance(0.3) ? Tensor() : b.mask({time, time}, 0.7));
            return true;
          },
          run(false),
          "Generator g$r0(1); MultiHeadAttention layer$r0($heads, $heads, g$r0); layer$r0.in_proj_weight = $1; "
          "layer$r0.in_proj_bias = $2; layer$r0.out_proj.weight = $3; layer$r0.out_proj.bias = $4; "
          "const auto [$r0, $r1] = layer$r0($0, $0, $0, $visible);",
          "$results = multi_head($0, $1, $2, $3, $4, $heads, $visible)",
          run(true),
          [](Builder& b, Step& step) {
            draw_multi_head(b, step, b.sequences(), b.visible());
            return b.shape_of(step.arguments[0])[2] > 0;
          }};
}

}  // namespace

std::vector<Operation> attention_operations() {
  return {
      {"attention_scores",
       [](Builder& b, Step& step) {
         draw_query_keys_values(b, step);
         step.arguments.pop_back();
         return true;
       },
       [](Arguments x, const Attributes&) { return Values{attention_scores(x[0], x[1])}; }, "attention_scores($0, $1)",
       "torch.matmul($0, $1.mT)", [](Arguments x, const Attributes&) { return Values{matmul(x[0], transpose(x[1]))}; }},
      {"attention_weights",
       [](Builder& b, Step& step) {
         const int scores = b.any(2);
         step.arguments = {scores};
         step.attributes.all["visible"] = draw_visible(b, b.shape_of(scores));
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{attention_weights(x[0], a.tensor("visible"))}; },
       "attention_weights($0, $visible)", "attention_weights($0, $visible)",
       [](Arguments x, const Attributes& a) { return Values{plain_weights(x[0], a.tensor("visible"))}; }},
      {"attention_context",
       [](Builder& b, Step& step) {
         const int probabilities = b.any(2);
         Shape values = b.shape_of(probabilities);
         values[values.rank() - 2] = values.back();
         values[values.rank() - 1] = b.between(1, 4);
         step.arguments = {probabilities, b.of_shape(values)};
         return true;
       },
       [](Arguments x, const Attributes&) { return Values{attention_context(x[0], x[1])}; },
       "attention_context($0, $1)", "torch.matmul($0, $1)",
       [](Arguments x, const Attributes&) { return Values{matmul(x[0], x[1])}; }},
      {"attend",
       [](Builder& b, Step& step) {
         draw_query_keys_values(b, step);
         const Shape& keys = b.shape_of(step.arguments[1]);
         const Shape scores = with_last(b.shape_of(step.arguments[0]), keys[keys.rank() - 2]);
         const int bias = b.chance(0.6) ? no_argument : b.of_shape(b.shape_that_stretches_to(scores));
         draw_options(b, step, draw_visible(b, scores), bias);
         return true;
       },
       attend_with(attend),
       "const auto [$r0, $r1] = attend($0, $1, $2, {.visible = $visible, .bias = $3, .scale = $scale, .causal = "
       "$causal});",
       "$results = attend($0, $1, $2, $visible, $3, $scale, $causal)", attend_with(composed_attend),
       [](Builder& b, Step& step) {
         const int query = b.sequences();
         const int keys = b.sequences({}, b.shape_of(query)[2]);
         step.arguments = {query, keys, b.chance(0.5) ? keys : b.sequences()};
         draw_options(b, step, b.visible(), no_argument);
         step.attributes.all["causal"] = false;  // which depends on how long all sequences are
         return true;
       }},
      {"self_attend",
       [](Builder& b, Step& step) {
         const int x = b.any(2);
         return draw_self_attend(
             b, step, x,
             b.chance(0.3) ? Tensor() : b.mask(with_last(b.shape_of(x), b.shape_of(x)[b.shape_of(x).rank() - 2]), 0.7));
       },
       self_attend_with(self_attend),
       "const auto [$r0, $r1] = self_attend($0, $heads, {.visible = $visible, .scale = $scale, .causal = $causal});",
       "$results = self_attend($0, $heads, $visible, $scale, $causal)", self_attend_with(composed_self_attend),
       [](Builder& b, Step& step) { return draw_self_attend(b, step, b.sequences(), b.visible()); }},
      {"additive_scores",
       [](Builder& b, Step& step) {
         draw_query_keys_values(b, step);
         add_additive(b, step, step.arguments[0], step.arguments[1]);
         return true;
       },
       [](Arguments x, const Attributes&) { return Values{additive_scores(x[0], x[1], x[2])}; },
       "additive_scores($0, $1, $2)", "torch.matmul(torch.tanh($0.unsqueeze(-2) + $1.unsqueeze(-3)), $2)",
       [](Arguments x, const Attributes&) { return Values{composed_additive_scores(x[0], x[1], x[2])}; }},
      multi_head(),
  };
}

}  // namespace glance::fuzz
