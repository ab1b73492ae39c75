// The forward pass of the model that fills gaps: words with their positions, blocks, and scores of all words.
#include "examples/gaps/model.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"

namespace glance::gaps {

namespace {

// Vectors that serve as input and output begin small, or the first scores would be far apart.
constexpr double deviation = 0.1;

}  // namespace

Model::Model(const ModelOptions& o, Generator& generator)
    : options(o),
      word(o.words + 1, o.width, generator, {.deviation = deviation}),
      positions(PositionKind::learned, o.longest, o.width, generator, {.deviation = deviation}),
      encoder(o.width, o.heads, generator, {.layers = o.layers},
              {.feed_forward = 4 * o.width, .dropout = o.dropout, .activation = Activation::gelu, .norm_first = true}),
      bias(parameter(zeros({o.words}))) {}

Model::Read Model::read(const Tensor& sentences, const Tensor& visible, Generator* noise) const {
  auto [hidden, weights] = encoder(positions(word(sentences)), {visible, options.left_to_right}, noise);
  return {std::move(hidden), std::move(weights)};
}

Variable Model::logits(const Variable& hidden) const {
  return linear(hidden, slice(word.weight, 0, 0, options.words), bias);
}

double parameters_of(const ModelOptions& o) {
  const auto width = static_cast<double>(o.width);
  // A block has 4 matrices of width by width for attention and 8 for its network, 9 vectors of biases and 4 of norms.
  const double block = 12 * width * width + 13 * width;
  return static_cast<double>(o.words + 1 + o.longest) * width + o.layers * block + 2 * width +
         static_cast<double>(o.words);
}

}  // namespace glance::gaps
