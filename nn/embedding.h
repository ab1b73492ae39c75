#pragma once

#include "glance/autograd/variable.h"
#include "glance/tensor/random.h"

// Embeddings: symbols as vectors that are learnt.
namespace glance {

// Options of Embedding.
struct EmbeddingOptions {
  double deviation = 1;  // of the first values, normal around 0
  DType dtype = f32;
};

// A vector for each of a number of symbols.
struct Embedding {
  Variable weight;  // [symbols, features]

  // Starts normal around 0. Error for a negative extent or deviation, or a dtype that is not f32 or f64.
  Embedding(Index symbols, Index features, Generator& generator, const EmbeddingOptions& options = {});

  // i64 [...] -> [..., features]. Error for an index that is no symbol, or indices that are not i64.
  Variable operator()(const Tensor& indices) const;

  static void visit(auto& self, auto&& f) { f("weight", self.weight); }
};

}  // namespace glance
