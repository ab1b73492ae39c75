// The small GPT's forward pass, and its writing with a cache of keys and values.
#include "examples/experiments/symbol_model.h"

#include <cmath>
#include <utility>
#include <vector>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/join.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace glance::experiments {

namespace {

// Vectors that serve as input and output begin small, or the first scores would be far apart.
constexpr double deviation = 0.1;

}  // namespace

SymbolModel::SymbolModel(const SymbolModelOptions& o, Generator& generator)
    : options(o),
      symbol(o.symbols, o.width, generator, {.deviation = deviation}),
      positions(o.positions, o.longest, o.width, generator, {.deviation = deviation}),
      blocks(o.width, o.heads, generator, {.layers = o.layers},
             {.feed_forward = 4 * o.width,
              .dropout = 0,
              .activation = Activation::gelu,
              .norm_first = true,
              .rotary = o.positions == PositionKind::rotary}) {}

Variable SymbolModel::embed(const Tensor& symbols, Index from) const {
  const Variable x = symbol(symbols);
  // Sines and cosines have a size of their own, beside which small vectors would not be seen.
  const bool grown = options.positions == PositionKind::sinusoidal;
  return positions(grown ? x * std::sqrt(static_cast<double>(options.width)) : x, from);
}

Variable SymbolModel::scores(const Variable& hidden) const { return matmul(hidden, transpose(symbol.weight)); }

Variable SymbolModel::operator()(const Tensor& symbols) const {
  return scores(blocks(embed(symbols, 0), {.causal = true}).output);
}

Tensor SymbolModel::write(const Tensor& prompts, Index count) const {
  const NoGrad no_grad;
  std::vector<Tensor> written;
  LayersKeysAndValues state;
  Tensor read = prompts;
  while (std::ssize(written) < count) {
    auto step = blocks.step(embed(read, state.length()), state);
    state = std::move(step.state);
    read = unsqueeze(argmax(scores(select(step.output, 1, -1)).value(), -1), 1);
    written.push_back(read);
  }
  return concat(written, 1);
}

double exactly_right(const SymbolModel& model, const Tensor& prompts, const Tensor& answers) {
  const Tensor right = all(equal(model.write(prompts, answers.shape()[1]), answers), {1});
  return mean(to(right, f32)).item();
}

}  // namespace glance::experiments
