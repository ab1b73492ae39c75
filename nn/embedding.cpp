#include "nn/embedding.h"

#include "autograd/indexing.h"
#include "nn/init.h"

namespace glance {

Embedding::Embedding(Index symbols, Index features, Generator& generator, const EmbeddingOptions& options)
    : weight(normal_parameter({symbols, features}, options.deviation, generator, options.dtype)) {}

Variable Embedding::operator()(const Tensor& indices) const { return embedding(weight, indices); }

}  // namespace glance
