#pragma once

#include <string>
#include <vector>

#include "examples/letters/model.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"

// A small model of letters for tests, which has learnt nothing.
namespace glance::gpt {

inline ModelOptions tiny_options(PositionKind positions = PositionKind::learned) {
  return {.symbols = 5, .layers = 2, .heads = 2, .width = 8, .context = 6, .positions = positions};
}

inline Tensor letters_of(const std::vector<std::int64_t>& numbers) {
  return from_values(numbers, {1, static_cast<Index>(numbers.size())});
}

// A model whose letters differ more from each other than those of a new one, so that mistakes show.
inline Model tiny_model(PositionKind positions = PositionKind::learned, std::uint64_t seed = 1) {
  Generator generator(seed);
  Model model(tiny_options(positions), generator);
  model.letters = Embedding(5, 8, generator);
  for (TransformerEncoderLayer& layer : model.blocks.layers)
    layer.self_attn.in_proj_weight = parameter(normal({24, 8}, generator));
  return model;
}

inline std::vector<float> logits_of(const Model& model, const std::vector<std::int64_t>& numbers) {
  const NoGrad no_grad;
  return model(letters_of(numbers)).logits.value().to_vector<float>();
}

}  // namespace glance::gpt
