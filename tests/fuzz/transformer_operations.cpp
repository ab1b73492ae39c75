// Rotary positions, and the Transformer's blocks.
#include <cmath>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/normalisation.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"
#include "glance/tensor/create.h"
#include "glance/tensor/view.h"
#include "tests/fuzz/builder.h"

namespace glance::fuzz {

namespace {

const Domain small_weights{.low = -0.75, .high = 0.75};

// Norms of few features have steep derivatives where these are nearly equal, were it not for a large epsilon.
constexpr double epsilon = 0.125;

// The halves turned as one number of two parts: x · cos + (-second, first) · sin.
Variable rotated_by_halves(const Variable& x, Index from) {
  const Index time = x.shape(-2), features = x.shape(-1), half = features / 2;
  const Tensor cosines = zeros({time, features}, x.dtype()), sines = zeros({time, features}, x.dtype());
  for (Index t = 0; t < time; ++t)
    for (Index i = 0; i < features; ++i) {
      const double angle = static_cast<double>(from + t) *
                           std::exp(-std::log(1e4) * 2 * static_cast<double>(i % half) / static_cast<double>(features));
      assign(select(select(cosines, 0, t), 0, i), scalar(std::cos(angle), x.dtype()));
      assign(select(select(sines, 0, t), 0, i), scalar(std::sin(angle), x.dtype()));
    }
  return x * cosines + concat({-slice(x, -1, half, features), slice(x, -1, 0, half)}, -1) * sines;
}

// A value of two dimensions or more with an even number of features, if there is one at hand.
Draw rotate_one_of(int (*choose)(Builder& b)) {
  return [choose](Builder& b, Step& step) {
    const int x = choose(b);
    if (b.shape_of(x).back() % 2 != 0) return false;
    step.arguments = {x};
    step.attributes.all["from"] = b.between(0, 20);
    return true;
  };
}

Operation rotation() {
  return {"rotate",
          rotate_one_of([](Builder& b) { return b.any(2); }),
          [](Arguments x, const Attributes& a) { return Values{rotate(x[0], a.integer("from"))}; },
          "rotate($0, $from)",
          "rotate($0, $from)",
          [](Arguments x, const Attributes& a) { return Values{rotated_by_halves(x[0], a.integer("from"))}; },
          rotate_one_of([](Builder& b) { return b.sequences(); })};
}

TransformerOptions options_of(const Attributes& a) {
  return {.activation = Activation::gelu,
          .epsilon = epsilon,
          .norm_first = a.flag("norm_first"),
          .rotary = a.flag("rotary")};
}

// The parameters of a block from the twelve arguments after `first`, all attentions and norms alike.
template <class Block>
Block block_with(Arguments x, std::size_t first, const Attributes& a) {
  Generator generator(1);
  const Index heads = a.integer("heads");
  TransformerOptions options = options_of(a);
  options.feed_forward = 1;
  Block block(2 * heads, heads, generator, options);
  const auto p = x.subspan(first);
  const auto put = [&](MultiHeadAttention& attention) {
    attention.in_proj_weight = p[0];
    attention.in_proj_bias = p[1];
    attention.out_proj.weight = p[2];
    attention.out_proj.bias = p[3];
  };
  put(block.self_attn);
  if constexpr (requires { block.multihead_attn; }) put(block.multihead_attn);
  block.linear1.weight = p[4];
  block.linear1.bias = p[5];
  block.linear2.weight = p[6];
  block.linear2.bias = p[7];
  block.norm1.weight = block.norm2.weight = p[8];
  block.norm1.bias = block.norm2.bias = p[9];
  if constexpr (requires { block.norm3; }) block.norm3 = block.norm2;
  return block;
}

// The same, in C++ as it is printed; the first parameter is argument number `first`. What it names has the number of
// the result, so that no lambda is needed: clang 14 lets none see a structured binding.
std::string printed_block(const std::string& kind, int first, bool decoder) {
  const auto argument = [first](int i) { return "$" + std::to_string(first + i); };
  std::string text =
      "Generator g$r0(1); " + kind +
      " block$r0(2 * $heads, $heads, g$r0, {.feed_forward = 1, .activation = Activation::gelu, .epsilon = "
      "0.125, .norm_first = $norm_first, .rotary = $rotary}); ";
  const char* const members[] = {"self_attn.in_proj_weight",
                                 "self_attn.in_proj_bias",
                                 "self_attn.out_proj.weight",
                                 "self_attn.out_proj.bias",
                                 "linear1.weight",
                                 "linear1.bias",
                                 "linear2.weight",
                                 "linear2.bias",
                                 "norm1.weight",
                                 "norm1.bias"};
  for (int i = 0; i < 10; ++i) text += "block$r0." + std::string(members[i]) + " = " + argument(i) + "; ";
  text += "block$r0.norm2 = block$r0.norm1; ";
  if (decoder) text += "block$r0.norm3 = block$r0.norm1; block$r0.multihead_attn = block$r0.self_attn; ";
  if (decoder) text += "block$r0.multihead_attn.rotary = false; ";
  return text;
}

// Draws what block_with() takes, for sequences of few places and features: a block is a long way to differentiate.
bool draw_block(Builder& b, Step& step, int x) {
  const Shape& shape = b.shape_of(x);
  const Index features = shape[2], hidden = b.between(1, 3);
  if (features < 2 || features > 4 || shape[0] * shape[1] > 12) return false;
  const Index heads = features % 2 == 0 ? b.between(1, 2) : 1;
  step.arguments.insert(step.arguments.end(),
                        {b.of_shape({3 * features, features}, small_weights), b.of_shape_or_none({3 * features}),
                         b.of_shape({features, features}, small_weights), b.of_shape_or_none({features}),
                         b.of_shape({hidden, features}, small_weights), b.of_shape_or_none({hidden}),
                         b.of_shape({features, hidden}, small_weights), b.of_shape_or_none({features}),
                         b.of_shape({features}), b.of_shape({features})});
  step.attributes.all["heads"] = heads;
  step.attributes.all["norm_first"] = b.chance(0.5);
  step.attributes.all["rotary"] = features / heads % 2 == 0 && b.chance(0.5);
  return true;
}

Variable part(const Variable& x, const Variable& weight, const Variable& bias, const Variable& added, bool norm_first) {
  return norm_first ? x + added : composed_layer_norm(x + added, weight, bias, epsilon);
}

// A block of an encoder step by step in its formulas.
Values composed_encoder_block(Arguments x, const Attributes& a) {
  const auto block = block_with<TransformerEncoderLayer>(x, 1, a);
  const bool first = a.flag("norm_first");
  const auto normed = [&](const Variable& y) {
    return first ? composed_layer_norm(y, block.norm1.weight, block.norm1.bias, epsilon) : y;
  };
  const Tensor visible = a.tensor("visible");
  const Variable y = normed(x[0]);
  // Three variables, each projected alone.
  const Attended seen = block.self_attn.attend(
      y, y * 1.0, y * 1.0,
      {.visible = visible.defined() ? unsqueeze(visible, -3) : visible, .causal = a.flag("causal")});
  const Variable z = part(x[0], block.norm1.weight, block.norm1.bias, seen.context, first);
  const Variable hidden = gelu(composed_linear(normed(z), block.linear1.weight, block.linear1.bias));
  const Variable added = composed_linear(hidden, block.linear2.weight, block.linear2.bias);
  return {part(z, block.norm2.weight, block.norm2.bias, added, first), seen.weights};
}

Operation encoder_block() {
  const auto run = [](Arguments x, const Attributes& a) {
    const auto [output, weights] = block_with<TransformerEncoderLayer>(x, 1, a)(
        x[0], {.visible = a.tensor("visible"), .causal = a.flag("causal")});
    return Values{output, weights};
  };
  return {"TransformerEncoderLayer",
          [](Builder& b, Step& step) {
            const int x = b.any(3, {}, 3);
            const Index time = b.shape_of(x)[1];
            step.arguments = {x};
            step.attributes.all["visible"] = b.chance(0.4) ? Tensor() : b.mask({time, time}, 0.7);
            step.attributes.all["causal"] = b.chance(0.5);
            return draw_block(b, step, x);
          },
          run,
          printed_block("TransformerEncoderLayer", 1, false) +
              "const auto [$r0, $r1] = block$r0($0, {.visible = $visible, .causal = $causal});",
          "$results = encoder_block($0, [$1, $2, $3, $4, $5, $6, $7, $8, $9, $10], $heads, $norm_first, $rotary, "
          "$visible, $causal)",
          composed_encoder_block,
          [](Builder& b, Step& step) {
            const int x = b.sequences();
            step.arguments = {x};
            step.attributes.all["visible"] = b.visible();
            step.attributes.all["causal"] = b.chance(0.5);
            return draw_block(b, step, x);
          }};
}

// A block of a decoder a place at a time, with its cache.
Values stepped_decoder_block(Arguments x, const Attributes& a) {
  const auto block = block_with<TransformerDecoderLayer>(x, 2, a);
  const KeysAndValues memory = block.multihead_attn.project(x[1], x[1]);
  KeysAndValues state;
  std::vector<Variable> outputs, weights;
  for (Index t = 0; t < x[0].shape(1); ++t) {
    auto step = block.step(slice(x[0], 1, t, t + 1), state, memory, a.tensor("visible"));
    outputs.push_back(step.output);
    weights.push_back(step.cross_weights);
    state = step.state;
  }
  return {concat(outputs, 1), concat(weights, 2)};
}

Operation decoder_block() {
  const auto run = [](Arguments x, const Attributes& a) {
    const auto block = block_with<TransformerDecoderLayer>(x, 2, a);
    const auto given = block(x[0], block.multihead_attn.project(x[1], x[1]), a.tensor("visible"));
    return Values{given.output, given.cross_weights};
  };
  const auto draw = [](Builder& b, Step& step, int x, int memory, const Tensor& visible) {
    step.arguments = {x, memory};
    step.attributes.all["visible"] = visible;
    return b.value(x).numel() > 0 && draw_block(b, step, x);
  };
  return {"TransformerDecoderLayer",
          [draw](Builder& b, Step& step) {
            const int x = b.any(3, {}, 3);
            const Index batch = b.shape_of(x)[0], sources = b.between(1, 3);
            const int memory = b.of_shape({batch, sources, b.shape_of(x)[2]});
            return draw(b, step, x, memory, b.chance(0.4) ? Tensor() : b.mask({batch, 1, sources}, 0.7));
          },
          run,
          printed_block("TransformerDecoderLayer", 2, true) +
              "const auto given$r0 = block$r0($0, block$r0.multihead_attn.project($1, $1), $visible); "
              "const Variable &$r0 = given$r0.output, &$r1 = given$r0.cross_weights;",
          "$results = decoder_block($0, $1, [$2, $3, $4, $5, $6, $7, $8, $9, $10, $11], $heads, $norm_first, $rotary, "
          "$visible)",
          stepped_decoder_block,
          [draw](Builder& b, Step& step) {
            const int x = b.sequences();
            return draw(b, step, x, b.sequences({}, b.shape_of(x)[2]), b.visible());
          }};
}

}  // namespace

std::vector<Operation> transformer_operations() { return {rotation(), encoder_block(), decoder_block()}; }

}  // namespace glance::fuzz
