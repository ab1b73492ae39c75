#include "glance/nn/attention.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/nn/init.h"
#include "glance/tensor/create.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

Variable uniform_by_last(const Shape& shape, Generator& generator, DType dtype) {
  const double bound = shape.back() > 0 ? 1 / std::sqrt(static_cast<double>(shape.back())) : 0;
  return uniform_parameter(shape, bound, generator, dtype);
}

double scale_for(Index features) { return features > 0 ? 1 / std::sqrt(static_cast<double>(features)) : 1; }

// Whether two variables are one: the same output of the same node, or the same elements of a constant.
bool is_same(const Variable& a, const Variable& b) {
  if (a.node().get() != b.node().get() || a.output() != b.output()) return false;
  const Tensor &x = a.value(), &y = b.value();
  if (x.dtype() != y.dtype() || x.shape() != y.shape() || !x.shares_storage(y)) return false;
  for (int d = 0; d < x.rank(); ++d)
    if (x.strides()[static_cast<std::size_t>(d)] != y.strides()[static_cast<std::size_t>(d)]) return false;
  return dispatch_floating("MultiHeadAttention", x.dtype(), [&]<class T>() { return x.read<T>() == y.read<T>(); });
}

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

MultiHeadAttention::MultiHeadAttention(Index features, Index heads_, Generator& generator,
                                       const MultiHeadOptions& options)
    : out_proj(features, features, generator, {.bias = options.bias, .dtype = options.dtype}),
      heads(heads_),
      dropout(options.dropout) {
  if (heads < 1 || features % heads != 0)
    throw Error(fmt::format("MultiHeadAttention: {} heads do not share {} features evenly", heads, features));
  if (!(dropout >= 0 && dropout < 1))
    throw Error(fmt::format("MultiHeadAttention: dropout {}: give one from 0 to below 1", dropout));
  const Index kdim = options.kdim ? options.kdim : features, vdim = options.vdim ? options.vdim : features;
  const auto weight = [&](Index rows, Index columns) {
    return xavier_uniform_parameter({rows, columns}, generator, options.dtype);
  };
  if (kdim == features && vdim == features) {
    in_proj_weight = weight(3 * features, features);
  } else {
    q_proj_weight = weight(features, features);
    k_proj_weight = weight(features, kdim);
    v_proj_weight = weight(features, vdim);
  }
  if (!options.bias) return;
  in_proj_bias = full_parameter({3 * features}, 0, options.dtype);
  out_proj.bias = full_parameter({features}, 0, options.dtype);
}

namespace {

// x [..., time, features] through `count` of the three projections from number `first` on, one product: each [...,
// heads, time, features of a head], views of that product.
std::vector<Variable> project(const MultiHeadAttention& layer, const Variable& x, Index first, Index count) {
  const Index features = layer.out_proj.weight.shape(0);
  const auto rows = [&](const Variable& of) {
    return count == 3 ? of : slice(of, 0, first * features, (first + count) * features);
  };
  const Variable* const separate[] = {&layer.q_proj_weight, &layer.k_proj_weight, &layer.v_proj_weight};
  const Variable weight = layer.in_proj_weight.given() ? rows(layer.in_proj_weight) : *separate[first];
  const Variable y = linear(x, weight, layer.in_proj_bias.given() ? rows(layer.in_proj_bias) : Variable());
  Shape shape = y.shape();
  shape[shape.rank() - 1] = count;
  shape.push_back(layer.heads);
  shape.push_back(features / layer.heads);
  const Variable parts = reshape(y, shape);
  std::vector<Variable> result;
  for (Index i = 0; i < count; ++i) result.push_back(transpose(select(parts, -3, i), -3, -2));
  return result;
}

std::vector<Variable> project_all(const MultiHeadAttention& layer, const Variable& query, const Variable& keys,
                                  const Variable& values) {
  const bool packed = layer.in_proj_weight.given(), one_memory = packed && is_same(keys, values);
  if (one_memory && is_same(query, keys)) return project(layer, query, 0, 3);
  std::vector<Variable> all = project(layer, query, 0, 1);
  for (Variable& part : project(layer, keys, 1, one_memory ? 2 : 1)) all.push_back(std::move(part));
  if (!one_memory) all.push_back(std::move(project(layer, values, 2, 1)[0]));
  return all;
}

}  // namespace

Attended MultiHeadAttention::attend(const Variable& query, const Variable& keys, const Variable& values,
                                    const AttendOptions& options, Generator* noise) const {
  const auto parts = project_all(*this, query, keys, values);
  const Variable &q = parts[0], &k = parts[1], &v = parts[2];
  AttendOptions scaled = options;
  scaled.scale *= scale_for(q.shape(-1));
  Attended attended;
  if (noise && dropout > 0) {
    attended.weights = glance::dropout(attention_weights(q, k, scaled), dropout, noise);
    attended.context = attention_context(attended.weights, v);
  } else {
    attended = glance::attend(q, k, v, scaled);
  }
  // [..., heads, targets, features of a head] -> [..., targets, features]
  return {out_proj(flatten(transpose(attended.context, -3, -2), -2, -1)), std::move(attended.weights)};
}

Attended MultiHeadAttention::operator()(const Variable& query, const Variable& keys, const Variable& values,
                                        const Tensor& visible, Generator* noise) const {
  const bool has_matrix = visible.given() && visible.rank() >= 2;
  return attend(query, keys, values, {.visible = has_matrix ? unsqueeze(visible, -3) : visible}, noise);
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
  throw Error(fmt::format("Attention: there is no kind {}", static_cast<int>(kind)));
}

}  // namespace

Attention::Attention(AttentionKind kind, Index query_features, Index key_features, Generator& generator,
                     const AttentionOptions& options)
    : layer(make(kind, query_features, key_features, generator, options)) {
  if ((kind == AttentionKind::dot || kind == AttentionKind::scaled) && query_features != key_features)
    throw Error(
        fmt::format("Attention: queries of {} features and keys of {} have no dot product: general and additive "
                    "attention take them",
                    query_features, key_features));
}

Attended Attention::operator()(const Variable& query, const Variable& keys, const Variable& values,
                               const Tensor& visible, Generator* noise) const {
  return std::visit([&](const auto& held) { return held(query, keys, values, visible, noise); }, layer);
}

}  // namespace glance
