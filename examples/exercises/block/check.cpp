// block: the formula, what each place may see, and derivatives.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

TransformerEncoderLayer layer_with(bool norm_first) {
  Generator generator(1);
  TransformerEncoderLayer layer(4, 2, generator, {.feed_forward = 6, .norm_first = norm_first, .dtype = f64});
  // Norms start as 1 and 0, so that a forgotten one might not be seen.
  layer.norm1.weight = parameter(numbers({4}, 11)), layer.norm1.bias = parameter(numbers({4}, 12));
  layer.norm2.weight = parameter(numbers({4}, 13)), layer.norm2.bias = parameter(numbers({4}, 14));
  return layer;
}

Tensor without_residual(const TransformerEncoderLayer& layer, const Variable& x) {
  const Variable y = layer.norm1(x), seen = layer.self_attn.attend(y, y, y, {.causal = true}).context;
  return layer.linear2(relu(layer.linear1(layer.norm2(seen)))).value();
}

Tensor normed_residual(const TransformerEncoderLayer& layer, const Variable& x) {
  const Variable y = layer.norm1(x);
  const Variable z = layer.norm2(y + layer.self_attn.attend(y, y, y, {.causal = true}).context);
  return (z + layer.linear2(relu(layer.linear1(z)))).value();
}

}  // namespace

int main() {
  const TransformerEncoderLayer layer = layer_with(true), post_norm = layer_with(false);
  const Tensor x = numbers({2, 3, 4}, 5);
  return keep({
      {"the result has the shape of x",
       [&] {
         shape("the result", transformer_block(layer, x), {2, 3, 4});
       }},
      {"a later place never changes an earlier one",
       [&] {
         const Tensor changed = concat({slice(x, 1, 0, 2), numbers({2, 1, 4}, 9)}, 1);
         same("the first two places, with another third one", slice(transformer_block(layer, changed), 1, 0, 2),
              slice(transformer_block(layer, x), 1, 0, 2));
       }},
      {"each part is added to x, and reads a normed x",
       [&] {
         same(
             "the result", transformer_block(layer, x), layer(x, {.causal = true}).output,
             {{without_residual(layer, x), "the residual path was left out: x itself has to be added"},
              {post_norm(x, {.causal = true}).output.value(), "the sums were normed, and not what goes into each part"},
              {normed_residual(layer, x), "what is added to was normed, too: x is to go past the parts as it is"}});
       }},
      {"each sequence of a batch is as if it were alone",
       [&] {
         same("the second sequence", slice(transformer_block(layer, x), 0, 1, 2),
              transformer_block(layer, slice(x, 0, 1, 2)));
       }},
      {"gradcheck agrees",
       [&] {
         derivatives([&](const Variable& y) { return transformer_block(layer, y); }, {numbers({1, 2, 4}, 7)}, 1);
       }},
  });
}
