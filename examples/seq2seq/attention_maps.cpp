// One picture of several attentions.
#include "examples/seq2seq/attention_maps.h"

#include "glance/tensor/reduce.h"

namespace glance::seq2seq {

Tensor mean_cross_weights(const std::vector<LayerAttention>& attention) {
  const LayerAttention* last = nullptr;
  for (const LayerAttention& each : attention)
    if (each.place == AttentionPlace::cross && (!last || each.layer > last->layer)) last = &each;
  return last ? mean(last->weights.value(), {1}) : Tensor();
}

}  // namespace glance::seq2seq
