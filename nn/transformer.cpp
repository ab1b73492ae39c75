// Blocks and stacks of the Transformer. The formula of a block stands once: a whole sequence and a single step differ
// only in the attention that they hand to it.
#include "glance/nn/transformer.h"

#include <utility>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

MultiHeadOptions attention_options(const TransformerOptions& o, bool rotary) {
  return {.dropout = o.dropout, .bias = o.bias, .rotary = rotary, .dtype = o.dtype};
}

LayerNorm make_norm(Index features, const TransformerOptions& o) {
  return LayerNorm(features, {.epsilon = o.epsilon, .bias = o.bias, .dtype = o.dtype});
}

Linear make_linear(Index in, Index out, Generator& generator, const TransformerOptions& o) {
  return Linear(in, out, generator, {.bias = o.bias, .dtype = o.dtype});
}

// x and what a part adds to it, normed before or after.
template <class Part>
Variable add_part(const Variable& x, const LayerNorm& norm, const TransformerOptions& o, Generator* noise,
                  Part&& part) {
  if (o.norm_first) return x + dropout(part(norm(x)), o.dropout, noise);
  return norm(x + dropout(part(x), o.dropout, noise));
}

template <class Block>
Variable feed_forward(const Block& block, const Variable& x, Generator* noise) {
  const Linear& first = block.linear1;
  const Variable hidden = activated_linear(x, first.weight, first.bias, block.options.activation);
  return block.linear2(dropout(hidden, block.options.dropout, noise));
}

// A mask of [batch, targets, sources] as all heads see it.
Tensor for_heads(const Tensor& visible) {
  return visible.given() && visible.rank() >= 2 ? unsqueeze(visible, -3) : visible;
}

// One block around any self-attention: `attend(normed x)` gives the context, and keeps what else it has.
template <class Attend>
Variable encoder_block(const TransformerEncoderLayer& block, const Variable& x, Generator* noise, Attend&& attend) {
  const Variable y = add_part(x, block.norm1, block.options, noise, attend);
  return add_part(y, block.norm2, block.options, noise,
                  [&](const Variable& z) { return feed_forward(block, z, noise); });
}

// The same with a second attention, to the memory.
template <class Attend, class Look>
Variable decoder_block(const TransformerDecoderLayer& block, const Variable& x, Generator* noise, Attend&& attend,
                       Look&& look) {
  Variable y = add_part(x, block.norm1, block.options, noise, attend);
  y = add_part(y, block.norm2, block.options, noise, look);
  return add_part(y, block.norm3, block.options, noise,
                  [&](const Variable& z) { return feed_forward(block, z, noise); });
}

void check_layers(const char* stack, int layers) {
  if (layers < 1) throw Error(formatted("{}: {} layers: it must be at least 1", stack, layers));
}

void check_state(const char* stack, std::size_t layers, const LayersKeysAndValues& state) {
  if (!state.layers.empty() && state.layers.size() != layers)
    throw Error(formatted("{}: a state of {} layers in a stack of {}", stack, state.layers.size(), layers));
}

std::optional<LayerNorm> last_norm(Index features, const StackOptions& stack, const TransformerOptions& o) {
  if (stack.norm.value_or(o.norm_first)) return make_norm(features, o);
  return {};
}

}  // namespace

TransformerEncoderLayer::TransformerEncoderLayer(Index features, Index heads, Generator& generator,
                                                 const TransformerOptions& o)
    : self_attn(features, heads, generator, attention_options(o, o.rotary)),
      linear1(make_linear(features, o.feed_forward, generator, o)),
      linear2(make_linear(o.feed_forward, features, generator, o)),
      norm1(make_norm(features, o)),
      norm2(make_norm(features, o)),
      options(o) {}

EncoderBlockOutput TransformerEncoderLayer::operator()(const Variable& x, const Visibility& sight,
                                                       Generator* noise) const {
  Variable weights;
  Variable output = encoder_block(*this, x, noise, [&](const Variable& y) {
    Attended attended = self_attn.attend(y, y, y, {.visible = for_heads(sight.visible), .causal = sight.causal}, noise);
    weights = std::move(attended.weights);
    return std::move(attended.context);
  });
  return {std::move(output), std::move(weights)};
}

TransformerEncoderLayer::Step TransformerEncoderLayer::step(const Variable& x, const KeysAndValues& state,
                                                            const Tensor& visible, Generator* noise) const {
  MultiHeadAttention::Step attended;
  Variable output = encoder_block(*this, x, noise, [&](const Variable& y) {
    attended = self_attn.step(y, state, for_heads(visible), noise);
    return attended.context;
  });
  return {std::move(output), std::move(attended.weights), std::move(attended.state)};
}

TransformerDecoderLayer::TransformerDecoderLayer(Index features, Index heads, Generator& generator,
                                                 const TransformerOptions& o)
    : self_attn(features, heads, generator, attention_options(o, o.rotary)),
      multihead_attn(features, heads, generator, attention_options(o, false)),
      linear1(make_linear(features, o.feed_forward, generator, o)),
      linear2(make_linear(o.feed_forward, features, generator, o)),
      norm1(make_norm(features, o)),
      norm2(make_norm(features, o)),
      norm3(make_norm(features, o)),
      options(o) {}

DecoderBlockOutput TransformerDecoderLayer::operator()(const Variable& x, const KeysAndValues& memory,
                                                       const Tensor& visible, Generator* noise) const {
  Variable weights, cross_weights;
  Variable output = decoder_block(
      *this, x, noise,
      [&](const Variable& y) {
        Attended attended = self_attn.attend(y, y, y, {.causal = true}, noise);
        weights = std::move(attended.weights);
        return std::move(attended.context);
      },
      [&](const Variable& y) {
        Attended attended = multihead_attn.attend(y, memory, {.visible = for_heads(visible)}, noise);
        cross_weights = std::move(attended.weights);
        return std::move(attended.context);
      });
  return {std::move(output), std::move(weights), std::move(cross_weights)};
}

TransformerDecoderLayer::Step TransformerDecoderLayer::step(const Variable& x, const KeysAndValues& state,
                                                            const KeysAndValues& memory, const Tensor& visible,
                                                            Generator* noise) const {
  MultiHeadAttention::Step own;
  Variable cross_weights;
  const Index rows = x.shape(0), time = x.shape(1), sources = memory.keys.shape(0);
  if (sources < 1 || rows % sources != 0)
    throw Error(formatted("TransformerDecoderLayer: {} rows cannot share {} memories evenly", rows, sources));
  Variable output = decoder_block(
      *this, x, noise,
      [&](const Variable& y) {
        own = self_attn.step(y, state, {}, noise);
        return own.context;
      },
      [&](const Variable& y) {
        // The rows of one memory ask as the places of one sequence do, and none needs a memory of its own.
        Attended attended = multihead_attn.attend(reshape(y, {sources, rows / sources * time, y.shape(-1)}), memory,
                                                  {.visible = for_heads(visible)}, noise);
        const Variable& w = attended.weights;  // [sources, heads, rows of each · time, places]
        const Variable by_row = reshape(w, {sources, w.shape(1), rows / sources, time, w.shape(3)});
        cross_weights = reshape(transpose(by_row, 1, 2), {rows, w.shape(1), time, w.shape(3)});
        return reshape(attended.context, y.shape());
      });
  return {std::move(output), std::move(own.weights), std::move(cross_weights), std::move(own.state)};
}

TransformerEncoder::TransformerEncoder(Index features, Index heads, Generator& generator, const StackOptions& stack,
                                       const TransformerOptions& options)
    : norm(last_norm(features, stack, options)) {
  check_layers("TransformerEncoder", stack.layers);
  for (int i = 0; i < stack.layers; ++i) layers.emplace_back(features, heads, generator, options);
}

TransformerEncoder::Output TransformerEncoder::operator()(const Variable& x, const Visibility& sight,
                                                          Generator* noise) const {
  Output result{x, {}};
  for (const TransformerEncoderLayer& layer : layers) {
    EncoderBlockOutput block = layer(result.output, sight, noise);
    result.output = std::move(block.output);
    result.weights.push_back(std::move(block.weights));
  }
  if (norm) result.output = (*norm)(result.output);
  return result;
}

TransformerEncoder::Step TransformerEncoder::step(const Variable& x, const LayersKeysAndValues& state,
                                                  const Tensor& visible, Generator* noise) const {
  check_state("TransformerEncoder", layers.size(), state);
  Step result{x, {}, {}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const KeysAndValues none;
    auto block = layers[i].step(result.output, state.layers.empty() ? none : state.layers[i], visible, noise);
    result.output = std::move(block.output);
    result.weights.push_back(std::move(block.weights));
    result.state.layers.push_back(std::move(block.state));
  }
  if (norm) result.output = (*norm)(result.output);
  return result;
}

TransformerDecoder::TransformerDecoder(Index features, Index heads, Generator& generator, const StackOptions& stack,
                                       const TransformerOptions& options)
    : norm(last_norm(features, stack, options)) {
  check_layers("TransformerDecoder", stack.layers);
  for (int i = 0; i < stack.layers; ++i) layers.emplace_back(features, heads, generator, options);
}

LayersKeysAndValues TransformerDecoder::project(const Variable& memory) const {
  LayersKeysAndValues result;
  for (const TransformerDecoderLayer& layer : layers)
    result.layers.push_back(layer.multihead_attn.project(memory, memory));
  return result;
}

TransformerDecoder::Output TransformerDecoder::operator()(const Variable& x, const Variable& memory,
                                                          const Tensor& visible, Generator* noise) const {
  return (*this)(x, project(memory), visible, noise);
}

TransformerDecoder::Output TransformerDecoder::operator()(const Variable& x, const LayersKeysAndValues& memory,
                                                          const Tensor& visible, Generator* noise) const {
  if (memory.layers.empty()) throw Error("TransformerDecoder: a memory without layers: make it with project()");
  check_state("TransformerDecoder", layers.size(), memory);
  Output result{x, {}, {}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    DecoderBlockOutput block = layers[i](result.output, memory.layers[i], visible, noise);
    result.output = std::move(block.output);
    result.weights.push_back(std::move(block.weights));
    result.cross_weights.push_back(std::move(block.cross_weights));
  }
  if (norm) result.output = (*norm)(result.output);
  return result;
}

TransformerDecoder::Step TransformerDecoder::step(const Variable& x, const LayersKeysAndValues& state,
                                                  const LayersKeysAndValues& memory, const Tensor& visible,
                                                  Generator* noise) const {
  if (memory.layers.empty()) throw Error("TransformerDecoder: a memory without layers: make it with project()");
  check_state("TransformerDecoder", layers.size(), memory);
  check_state("TransformerDecoder", layers.size(), state);
  Step result{x, {}, {}, {}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const KeysAndValues none;
    auto block =
        layers[i].step(result.output, state.layers.empty() ? none : state.layers[i], memory.layers[i], visible, noise);
    result.output = std::move(block.output);
    result.weights.push_back(std::move(block.weights));
    result.cross_weights.push_back(std::move(block.cross_weights));
    result.state.layers.push_back(std::move(block.state));
  }
  if (norm) result.output = (*norm)(result.output);
  return result;
}

}  // namespace glance
