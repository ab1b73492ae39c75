// How an embedding starts, and its lookup.
#include "glance/nn/embedding.h"

#include "glance/autograd/indexing.h"
#include "glance/nn/init.h"

namespace glance {

Embedding::Embedding(Index symbols, Index features, Generator& generator, const EmbeddingOptions& options)
    : weight(normal_parameter({symbols, features}, options.deviation, generator, options.dtype)) {}

Variable Embedding::operator()(const Tensor& indices) const { return embedding(weight, indices); }

}  // namespace glance
