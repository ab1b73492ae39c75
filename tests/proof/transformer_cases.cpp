// The lines of positions, multi-head attention with a cache, and the Transformer's blocks and stacks.
#include "glance/autograd/views.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"
#include "glance/tensor/elementwise.h"
#include "tests/proof/cases.h"
#include "tests/proof/layers.h"
#include "tests/proof/patterns.h"

namespace glance::proof {

namespace {

using In = std::span<const Variable>;
using Variables = std::vector<Variable>;

// A layer with first values of its own, in the dtype of x and without a history: for lines of stacks, whose parameters
// the lines of their blocks prove.
template <class Layer>
Layer with_constants(Layer layer, const Variable& x) {
  const auto fix = [&](const std::string&, Variable& variable) {
    if (variable.defined()) variable = Variable(to(variable.value(), x.dtype()));
  };
  visit_variables("", layer, fix);
  return layer;
}

// What stands in a struct of results, one after the other.
void append(Variables& all, const Variable& x) { all.push_back(x); }
void append(Variables& all, const Variables& list) { all.insert(all.end(), list.begin(), list.end()); }
void append(Variables& all, const KeysAndValues& state) { append(all, Variables{state.keys, state.values}); }
void append(Variables& all, const LayersKeysAndValues& state) {
  for (const KeysAndValues& layer : state.layers) append(all, layer);
}
template <class... Part>
Variables list(const Part&... parts) {
  Variables all;
  (append(all, parts), ...);
  return all;
}

// [batch, 1, sources], every third may be seen.
Tensor some_of(const Variable& x) { return every_third({x.shape(0), 1, x.shape(1)}); }

// The norms of two features would tell only which is larger, were it not for a large epsilon.
TransformerOptions tiny(bool norm_first) {
  return {.feed_forward = 2, .activation = Activation::gelu, .epsilon = 0.5, .norm_first = norm_first, .bias = false};
}
TransformerOptions tiny_with_bias() {
  TransformerOptions options = tiny(false);
  options.activation = Activation::relu;
  options.bias = true;
  return options;
}
TransformerOptions tiny_rotary() {
  TransformerOptions options = tiny(true);
  options.rotary = true;
  return options;
}

std::vector<Case> position_cases() {
  const auto positions = [](PositionKind kind) { return Positions(kind, 1, 1, any()); };
  return {
      {"rotate", [](const Variable& x) { return rotate(x); }, {"... t 2f"}},
      {"rotate", [](const Variable& x) { return rotate(x, 11); }, {"... t 2f"}, {.at = "from a position on"}},
      {"Positions",
       [=](In in) { return with_parameters(positions(PositionKind::learned), in.subspan(1))(in[0], in[0].shape(-2)); },
       {"... t f", "2t f"},
       {.at = "that are learned, from a position on"}},
      {"Positions",
       [=](In in) { return positions(PositionKind::sinusoidal)(in[0], 7); },
       {"... t f"},
       {.at = "that are sinusoids"}},
      {"Positions", [=](In in) { return positions(PositionKind::rotary)(in[0]); }, {"... t f"}, {.at = "elsewhere"}},
  };
}

std::vector<Case> cache_cases() {
  const auto two = [] { return MultiHeadAttention(2, 2, any()); };
  const auto rotary = [] { return MultiHeadAttention(2, 1, any(), {.bias = false, .rotary = true}); };
  return {
      {"MultiHeadAttention::project",
       [=](In in) {
         const MultiHeadAttention layer = with_parameters(two(), in.subspan(3));
         const KeysAndValues memory = layer.project(in[1], in[2]);
         const Attended attended = layer.attend(in[0], memory, {.visible = every_third({in[1].shape(-2)})});
         return list(memory, attended.context, attended.weights);
       },
       {"b t 2", "b s 2", "b s 2", weight("6 2"), weight("6"), weight("2 2"), weight("2")}},
      {"MultiHeadAttention::project",
       [=](In in) {
         const MultiHeadAttention layer = with_parameters(rotary(), in.subspan(2));
         const KeysAndValues memory = layer.project(in[1], in[1]);
         return list(memory, layer.attend(in[0], memory).context);
       },
       {"b t 2", "b s 2", weight("6 2"), weight("2 2")},
       {.at = "of one variable, turned"}},
      {"MultiHeadAttention::step",
       [=](In in) {
         const Tensor visible = every_third({in[0].shape(0), 1, 1, in[1].shape(2) + in[0].shape(1)});
         const auto step = with_parameters(two(), in.subspan(3)).step(in[0], {in[1], in[2]}, visible);
         return list(step.context, step.weights, step.state);
       },
       {"b t 2", "b 2 s 1", "b 2 s 1", weight("6 2"), weight("6"), weight("2 2"), weight("2")}},
      {"MultiHeadAttention::step",
       [=](In in) {
         const auto step = with_parameters(rotary(), in.subspan(3)).step(in[0], {in[1], in[2]});
         return list(step.context, step.weights, step.state);
       },
       {"b t 2", "b 1 s 2", "b 1 s 2", weight("6 2"), weight("2 2")},
       {.at = "that turns"}},
  };
}

// A block's parameters from a few inputs. Those of equal shape are tied, and so is what two attentions have: a gradient
// that one of them lost would be missing in the sum. Each further input would cost all of its variants.
Variables tied(In in, bool decoder) {
  const Variable &projections = in[0], &square = in[1], &weight = in[2];
  if (decoder) return {projections, square, projections, square, square, square, weight, weight, weight};
  return {projections, square, square, square, weight, weight};
}
Variables tied_with_biases(In in) {
  const Variable &projections = in[0], &square = in[1], &weight = in[2], &bias = in[3], &of_projections = in[4];
  return {projections, of_projections, square, bias, square, bias, square, bias, weight, bias, weight, bias};
}

std::vector<Case> block_cases() {
  using Encoder = TransformerEncoderLayer;
  using Decoder = TransformerDecoderLayer;
  const auto with = [](const char* x, std::vector<Input> all) {
    all.insert(all.begin(), x);
    return all;
  };
  const std::vector<Input> without_biases = {weight("6 2"), weight("2 2"), "2"};
  std::vector<Input> with_biases = without_biases;
  with_biases.insert(with_biases.end(), {"2", weight("6")});
  return {
      {"TransformerEncoderLayer",
       [](In in) {
         const auto block = with_parameters(Encoder(2, 2, any(), tiny_with_bias()), tied_with_biases(in.subspan(1)));
         const auto [output, weights] = block(in[0], {.visible = some_of(in[0])});
         return list(output, weights);
       },
       with("b t 2", with_biases),
       {.at = "with norms after, relu and biases"}},
      {"TransformerEncoderLayer",
       [](In in) {
         const auto block = with_parameters(Encoder(2, 1, any(), tiny_rotary()), tied(in.subspan(1), false));
         const auto [output, weights] = block(in[0], {.causal = true});
         return list(output, weights);
       },
       with("b t 2", without_biases),
       {.at = "with norms before, gelu and rotary positions"}},
      {"TransformerEncoderLayer::step",
       [](In in) {
         Generator generator(1);
         const auto block = with_constants(Encoder(2, 1, generator, tiny_rotary()), in[0]);
         const auto step = block.step(in[0], {in[1], in[2]});
         return list(step.output, step.weights, step.state);
       },
       {"b t 2", "b 1 s 2", "b 1 s 2"}},
      {"TransformerDecoderLayer",
       [](In in) {
         const auto block = with_parameters(Decoder(2, 2, any(), tiny(false)), tied(in.subspan(2), true));
         const auto memory = block.multihead_attn.project(in[1], in[1]);
         const auto [output, weights, cross_weights] = block(in[0], memory, some_of(in[1]));
         return list(output, weights, cross_weights);
       },
       with("b t 2", with("b s 2", without_biases))},
      {"TransformerDecoderLayer::step",
       [](In in) {
         Generator generator(1);
         const auto block = with_constants(Decoder(2, 2, generator, tiny(true)), in[0]);
         const auto memory = block.multihead_attn.project(in[3], in[3]);
         const auto step = block.step(in[0], {in[1], in[2]}, memory, some_of(in[3]));
         return list(step.output, step.weights, step.cross_weights, step.state);
       },
       {"2b t 2", "2b 2 u 1", "2b 2 u 1", "b s 2"},
       {.at = "of rows that share a memory", .without = {{"zero-size b", "no rows share no memory"}}}},
  };
}

std::vector<Case> stack_cases() {
  const auto encoder = [](const Variable& x) {
    Generator generator(1);
    return with_constants(TransformerEncoder(2, 2, generator, {.layers = 2}, tiny(true)), x);
  };
  const auto decoder = [](const Variable& x) {
    Generator generator(1);
    return with_constants(TransformerDecoder(2, 2, generator, {.layers = 2}, tiny(true)), x);
  };
  // Of both layers: what are the keys of one are the values of the other.
  const auto state_of = [](In in) { return LayersKeysAndValues{{{in[0], in[1]}, {in[1], in[0]}}}; };
  return {
      {"TransformerEncoder",
       [=](In in) {
         const auto [output, weights] = encoder(in[0])(in[0], {.visible = some_of(in[0])});
         return list(output, weights);
       },
       {"b t 2"}},
      {"TransformerEncoder::step",
       [=](In in) {
         const auto step = encoder(in[0]).step(in[0], state_of(in.subspan(1)));
         return list(step.output, step.weights, step.state);
       },
       {"b 2 2", "b 2 u 1", "b 2 u 1"}},
      {"TransformerDecoder",
       [=](In in) {
         const auto [output, weights, cross_weights] = decoder(in[0])(in[0], in[1], some_of(in[1]));
         return list(output, weights, cross_weights);
       },
       {"b t 2", "b s 2"}},
      {"TransformerDecoder::project", [=](In in) { return list(decoder(in[0]).project(in[0])); }, {"b s 2"}},
      {"TransformerDecoder::step",
       [=](In in) {
         const TransformerDecoder stack = decoder(in[0]);
         const auto step = stack.step(in[0], state_of(in.subspan(2)), stack.project(in[1]));
         return list(step.output, step.weights, step.cross_weights, step.state);
       },
       {"b 2 2", "b s 2", "b 2 u 1", "b 2 u 1"},
       {.without = {{"zero-size b", "no rows share no memory"}}}},
  };
}

}  // namespace

std::vector<Case> transformer_cases() {
  std::vector<Case> all;
  for (auto* part : {position_cases, cache_cases, block_cases, stack_cases})
    for (Case& c : part()) all.push_back(std::move(c));
  return all;
}

}  // namespace glance::proof
