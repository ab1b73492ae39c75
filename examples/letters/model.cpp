// The model's first values and its forward pass, all letters at once or one step with a cache.
#include "examples/letters/model.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "glance/autograd/activations.h"
#include "glance/autograd/products.h"
#include "glance/nn/init.h"
#include "glance/tensor/error.h"

namespace glance::gpt {

namespace {

// Of the letters and their positions, and of the matrices that read them. GPT-2's are 0.02 for all, for matrices of 768
// columns and more; with 128 columns that leaves the beginning so quiet that hundreds of steps pass before it learns.
// On Shakespeare, 400 steps: 2.27 with 0.02, 2.20 with matrices of 0.06, 2.07 with letters of 0.1 as well.
constexpr double of_letters = 0.1, of_matrices = 0.06;

TransformerOptions block_options(const ModelOptions& o) {
  return {.feed_forward = 4 * o.width,
          .dropout = o.dropout,
          .activation = Activation::gelu,
          .norm_first = true,
          .rotary = o.positions == PositionKind::rotary};
}

const ModelOptions& checked(const ModelOptions& options) {
  if (const auto problem = problem_of(options)) throw Error(*problem);
  return options;
}

void restart(Variable& weight, double spread, Generator& generator) {
  weight = normal_parameter(weight.shape(), spread, generator);
}

void restart(Linear& layer, double spread, Generator& generator) {
  restart(layer.weight, spread, generator);
  layer.bias = full_parameter(layer.bias.shape(), 0);
}

}  // namespace

std::optional<std::string> problem_of(const ModelOptions& o) {
  if (o.symbols < 1) return "an alphabet without letters";
  if (o.layers < 1 || o.heads < 1 || o.width < 1 || o.context < 1)
    return "layers, heads, width and context must be at least 1";
  if (o.width % o.heads != 0)
    return fmt::format("{} heads do not share a width of {} evenly: choose one that they divide", o.heads, o.width);
  if (o.positions < PositionKind::none || o.positions > PositionKind::rotary) return "positions of no known kind";
  if (o.positions == PositionKind::rotary && o.width / o.heads % 2 != 0)
    return fmt::format("rotary positions turn pairs of numbers, and each of {} heads has {} of a width of {}", o.heads,
                       o.width / o.heads, o.width);
  if (!(o.dropout >= 0 && o.dropout < 1)) return "dropout must be from 0 to below 1";
  return {};
}

double parameters_of(const ModelOptions& o) {
  const double width = static_cast<double>(o.width);
  const double learned = o.positions == PositionKind::learned ? static_cast<double>(o.context) : 0;
  // A block has 12 matrices of width x width, and 13 vectors of biases and norms.
  return width * (static_cast<double>(o.symbols) + learned) + o.layers * (12 * width * width + 13 * width) + 2 * width;
}

Model::Model(const ModelOptions& o, Generator& generator)
    : options(checked(o)),
      letters(o.symbols, o.width, generator, {.deviation = of_letters}),
      positions(o.positions, o.context, o.width, generator, {.deviation = of_letters}),
      blocks(o.width, o.heads, generator, {.layers = o.layers}, block_options(o)) {
  const double added = of_matrices / std::sqrt(2.0 * o.layers);
  for (TransformerEncoderLayer& block : blocks.layers) {
    restart(block.self_attn.in_proj_weight, of_matrices, generator);
    restart(block.self_attn.out_proj, added, generator);
    restart(block.linear1, of_matrices, generator);
    restart(block.linear2, added, generator);
  }
}

Prediction Model::operator()(const Tensor& text, Generator* noise) const {
  if (text.shape(-1) > options.context)
    throw Error(fmt::format("a text of {} letters, and the model sees {} at once", text.shape(-1), options.context));
  // [read]
  const Variable x = dropout(positions(letters(text)), options.dropout, noise);
  auto read = blocks(x, {.causal = true}, noise);
  return {linear(read.output, letters.weight), std::move(read.weights)};
  // [read end]
}

Model::Step Model::step(const Tensor& text, const Memory& memory) const {
  if (memory.length() + text.shape(-1) > options.context)
    throw Error(fmt::format("{} letters after {} that were read, and the model sees {} at once", text.shape(-1),
                            memory.length(), options.context));
  auto read = blocks.step(positions(letters(text), memory.length()), memory);
  return {{linear(read.output, letters.weight), std::move(read.weights)}, std::move(read.state)};
}

}  // namespace glance::gpt
