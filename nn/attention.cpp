// How each kind of attention starts and scores; what follows the scores is attend().
#include "glance/nn/attention.h"

#include <cmath>
#include <utility>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/nn/init.h"
#include "glance/tensor/create.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

Variable uniform_by_last(const Shape& shape, Generator& generator, DType dtype) {
  const double bound = shape.back() > 0 ? 1 / std::sqrt(static_cast<double>(shape.back())) : 0;
  return uniform_parameter(shape, bound, generator, dtype);
}

double scale_for(Index features) { return features > 0 ? 1 / std::sqrt(static_cast<double>(features)) : 1; }

}  // namespace

Attended NoAttention::operator()(const Variable& query, const Variable& keys, const Variable& values, const Tensor&,
                                 Generator*) const {
  Shape weights = query.shape(), context = query.shape();
  weights[resolve_dim("NoAttention", -1, weights)] = keys.shape(-2);
  context[context.rank() - 1] = values.shape(-1);
  return {zeros(context, query.dtype()), zeros(weights, query.dtype())};
}

Attended DotAttention::operator()(const Variable& query, const Variable& keys, const Variable& values,
                                  const Tensor& visible, Generator*) const {
  return attend(query, keys, values, {.visible = visible});
}

Attended ScaledDotAttention::operator()(const Variable& query, const Variable& keys, const Variable& values,
                                        const Tensor& visible, Generator*) const {
  return attend(query, keys, values, {.visible = visible, .scale = scale_for(query.shape(-1))});
}

GeneralAttention::GeneralAttention(Index query_features, Index key_features, Generator& generator, DType dtype)
    : w(uniform_parameter({query_features, key_features}, scale_for(query_features), generator, dtype)) {}

Attended GeneralAttention::operator()(const Variable& query, const Variable& keys, const Variable& values,
                                      const Tensor& visible, Generator*) const {
  return attend(matmul(query, w), keys, values, {.visible = visible});
}

AdditiveAttention::AdditiveAttention(Index query_features, Index key_features, Index features, Generator& generator,
                                     DType dtype)
    : w(uniform_by_last({features, query_features}, generator, dtype)),
      u(uniform_by_last({features, key_features}, generator, dtype)),
      v(uniform_by_last({features}, generator, dtype)) {}

Attended AdditiveAttention::operator()(const Variable& query, const Variable& keys, const Variable& values,
                                       const Tensor& visible, Generator*) const {
  Variable weights = attention_weights(additive_scores(linear(query, w), linear(keys, u), v), visible);
  Variable context = attention_context(weights, values);
  return {std::move(context), std::move(weights)};
}

namespace {

auto make(AttentionKind kind, Index query_features, Index key_features, Generator& generator,
          const AttentionOptions& options) -> decltype(Attention::layer) {
  switch (kind) {
    case AttentionKind::none:
      return NoAttention{};
    case AttentionKind::dot:
      return DotAttention{};
    case AttentionKind::scaled:
      return ScaledDotAttention{};
    case AttentionKind::general:
      return GeneralAttention(query_features, key_features, generator, options.dtype);
    case AttentionKind::additive:
      return AdditiveAttention(query_features, key_features, key_features, generator, options.dtype);
    case AttentionKind::multi_head:
      return MultiHeadAttention(
          query_features, options.heads, generator,
          {.dropout = options.dropout, .kdim = key_features, .vdim = key_features, .dtype = options.dtype});
  }
  throw Error(formatted("Attention: there is no kind {}", static_cast<int>(kind)));
}

}  // namespace

Attention::Attention(AttentionKind kind, Index query_features, Index key_features, Generator& generator,
                     const AttentionOptions& options)
    : layer(make(kind, query_features, key_features, generator, options)) {
  if ((kind == AttentionKind::dot || kind == AttentionKind::scaled) && query_features != key_features)
    throw Error(
        formatted("Attention: queries of {} features and keys of {} have no dot product: general and additive "
                  "attention take them",
                  query_features, key_features));
}

Attended Attention::operator()(const Variable& query, const Variable& keys, const Variable& values,
                               const Tensor& visible, Generator* noise) const {
  return std::visit([&](const auto& held) { return held(query, keys, values, visible, noise); }, layer);
}

}  // namespace glance
