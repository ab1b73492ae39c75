#pragma once

#include <array>
#include <vector>

#include "glance/autograd/variable.h"

// The attentions of a translator, and what each of their heads weighted.
namespace glance::seq2seq {

// What looks at what.
enum class AttentionPlace {
  cross,    // the words being written, at the source
  encoder,  // the words of the source, at each other
  decoder   // the words being written, at those before them
};

// What each is called, in the order of AttentionPlace.
inline constexpr std::array<const char*, 3> attention_place_names = {"cross", "encoder", "decoder"};

// The weights of one attention of one layer.
struct LayerAttention {
  AttentionPlace place;
  std::size_t layer;  // counted from 0, the first to be passed through
  Variable weights;   // [batch, heads, targets, sources]: of each place that looks, on each that it looks at
};

// The mean over heads of the last layer's cross-attention, [batch, targets, sources]: the weights where one picture is
// to stand for all. Undefined when there is none.
Tensor mean_cross_weights(const std::vector<LayerAttention>& attention);

}  // namespace glance::seq2seq
