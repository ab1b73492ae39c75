// Multi-head attention: one product projects query, keys and values where they are the same, and heads are views of it.
#include "glance/nn/multi_head.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/nn/init.h"
#include "glance/nn/positions.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"

namespace glance {

// A place is written by the one step that takes it. So states may be copied, and read on in several ways from one
// place: the first goes on here, and the others find the place taken and make room of their own.
struct detail::RoomForPlaces {
  Tensor keys, values;       // [batch, heads, places, features of a head]
  std::atomic<Index> taken;  // so many of them

  RoomForPlaces(const Shape& shape, DType dtype, Index taken_)
      : keys(shape, dtype), values(shape, dtype), taken(taken_) {}

  // Whether these are the first places of this memory.
  static bool begins_with(const Tensor& all, const Tensor& first) {
    for (const int d : {0, 1, 3})
      if (all.shape()[d] != first.shape()[d]) return false;
    return all.dtype() == first.dtype() && all.shares_storage(first) &&
           dispatch_floating("MultiHeadAttention", all.dtype(),
                             [&]<class T>() { return all.read<T>() == first.read<T>(); });
  }

  // Whether the places after those of `state` are free, and so many; then they are taken.
  bool take(const KeysAndValues& state, Index count) {
    Index from = state.length();
    return from + count <= keys.shape(-2) && begins_with(keys, state.keys.value()) &&
           begins_with(values, state.values.value()) && taken.compare_exchange_strong(from, from + count);
  }
};

namespace {

// Whether two variables are one: the same output of the same node, or the same elements of a constant.
bool is_same(const Variable& a, const Variable& b) {
  if (a.node().get() != b.node().get() || a.output() != b.output()) return false;
  const Tensor &x = a.value(), &y = b.value();
  if (x.dtype() != y.dtype() || x.shape() != y.shape() || !x.shares_storage(y)) return false;
  for (int d = 0; d < x.rank(); ++d)
    if (x.strides()[static_cast<std::size_t>(d)] != y.strides()[static_cast<std::size_t>(d)]) return false;
  return dispatch_floating("MultiHeadAttention", x.dtype(), [&]<class T>() { return x.read<T>() == y.read<T>(); });
}

// x [..., time, features] through `count` of the three projections from number `first` on, one product: each [...,
// heads, time, features of a head], views of that product.
std::vector<Variable> project_parts(const MultiHeadAttention& layer, const Variable& x, Index first, Index count) {
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

// Query, keys and values of places that are read together, the first of them at position `from`.
std::vector<Variable> project_together(const MultiHeadAttention& layer, const Variable& x, Index from) {
  std::vector<Variable> parts = project_parts(layer, x, 0, 3);
  if (layer.rotary)
    for (std::size_t i = 0; i < 2; ++i) parts[i] = rotate(parts[i], from);
  return parts;
}

// Whether these places can follow those of the state, in memory as [batch, heads, places, features].
bool can_follow(const Variable& before, const Variable& now) {
  if (now.rank() != 4) return false;
  if (!before.defined()) return true;
  Shape shape = now.shape();
  shape[2] = before.rank() == 4 ? before.shape(2) : 0;
  return before.shape() == shape && before.dtype() == now.dtype();
}

// The state with further places. Where nothing is recorded they are written behind those that are there.
KeysAndValues append(const KeysAndValues& state, Variable keys, Variable values) {
  if (current_modes().recording || !can_follow(state.keys, keys) || !can_follow(state.values, values)) {
    if (!state.keys.defined()) return {std::move(keys), std::move(values)};
    return {concat({state.keys, keys}, -2), concat({state.values, values}, -2)};
  }
  const Index before = state.length(), count = keys.shape(-2), after = before + count;
  auto room = state.room;
  if (!room || !room->take(state, count)) {
    Shape shape = keys.shape();
    shape[2] = std::max<Index>(16, 2 * after);
    room = std::make_shared<detail::RoomForPlaces>(shape, keys.dtype(), after);
    if (before > 0) {
      assign(slice(room->keys, 2, 0, before), state.keys.value());
      assign(slice(room->values, 2, 0, before), state.values.value());
    }
  }
  assign(slice(room->keys, 2, before, after), keys.value());
  assign(slice(room->values, 2, before, after), values.value());
  return {slice(room->keys, 2, 0, after), slice(room->values, 2, 0, after), room};
}

// The options with scores that do not grow with a head's features.
AttendOptions scaled(AttendOptions options, Index features) {
  options.scale /= std::sqrt(static_cast<double>(std::max<Index>(features, 1)));
  return options;
}

// Steps 1 to 3 for each head, then the heads joined and projected.
Attended attend_heads(const MultiHeadAttention& layer, const Variable& query, const Variable& keys,
                      const Variable& values, const AttendOptions& given, Generator* noise) {
  const AttendOptions options = scaled(given, query.shape(-1));
  Attended attended;
  if (noise && layer.dropout > 0) {
    attended.weights = dropout(attention_weights(query, keys, options), layer.dropout, noise);
    attended.context = attention_context(attended.weights, values);
  } else {
    attended = attend(query, keys, values, options);
  }
  // [..., heads, targets, features of a head] -> [..., targets, features]
  return {layer.out_proj(flatten(transpose(attended.context, -3, -2), -2, -1)), std::move(attended.weights)};
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(Index features, Index heads_, Generator& generator,
                                       const MultiHeadOptions& options)
    : out_proj(features, features, generator, {.bias = options.bias, .dtype = options.dtype}),
      heads(heads_),
      dropout(options.dropout),
      rotary(options.rotary) {
  if (heads < 1 || features < 1 || features % heads != 0)
    throw Error(formatted("MultiHeadAttention: {} heads do not share {} features evenly", heads, features));
  if (!(dropout >= 0 && dropout < 1))
    throw Error(formatted("MultiHeadAttention: dropout {}: give one from 0 to below 1", dropout));
  if (rotary && features / heads % 2 != 0)
    throw Error(formatted("MultiHeadAttention: rotary positions turn pairs, and each of the {} heads has {} features",
                          heads, features / heads));
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

Attended MultiHeadAttention::attend(const Variable& query, const Variable& keys, const Variable& values,
                                    const AttendOptions& options, Generator* noise) const {
  if (in_proj_weight.given() && is_same(query, keys) && is_same(keys, values)) {
    if (!rotary && !(noise && dropout > 0)) {
      // Nothing need be done to a head's query, keys or weights: the product is attended to as it lies.
      const Index features = out_proj.weight.shape(0) / heads;
      Attended attended = self_attend(linear(query, in_proj_weight, in_proj_bias), heads, scaled(options, features));
      return {out_proj(attended.context), std::move(attended.weights)};
    }
    const auto parts = project_together(*this, query, 0);
    return attend_heads(*this, parts[0], parts[1], parts[2], options, noise);
  }
  return attend(query, project(keys, values), options, noise);
}

Attended MultiHeadAttention::operator()(const Variable& query, const Variable& keys, const Variable& values,
                                        const Tensor& visible, Generator* noise) const {
  const bool has_matrix = visible.given() && visible.rank() >= 2;
  return attend(query, keys, values, {.visible = has_matrix ? unsqueeze(visible, -3) : visible}, noise);
}

KeysAndValues MultiHeadAttention::project(const Variable& keys, const Variable& values) const {
  KeysAndValues memory;
  if (in_proj_weight.given() && is_same(keys, values)) {
    auto both = project_parts(*this, keys, 1, 2);
    memory = {std::move(both[0]), std::move(both[1])};
  } else {
    memory = {project_parts(*this, keys, 1, 1)[0], project_parts(*this, values, 2, 1)[0]};
  }
  if (rotary) memory.keys = rotate(memory.keys);
  return memory;
}

Attended MultiHeadAttention::attend(const Variable& query, const KeysAndValues& memory, const AttendOptions& options,
                                    Generator* noise) const {
  const Variable q = project_parts(*this, query, 0, 1)[0];
  return attend_heads(*this, rotary ? rotate(q) : q, memory.keys, memory.values, options, noise);
}

MultiHeadAttention::Step MultiHeadAttention::step(const Variable& x, const KeysAndValues& state, const Tensor& visible,
                                                  Generator* noise) const {
  if (!in_proj_weight.given())
    throw Error("MultiHeadAttention: step() is self-attention, and this one's keys or values have other features");
  auto parts = project_together(*this, x, state.length());
  KeysAndValues next = append(state, std::move(parts[1]), std::move(parts[2]));
  Attended attended =
      attend_heads(*this, parts[0], next.keys, next.values, {.visible = visible, .causal = true}, noise);
  return {std::move(attended.context), std::move(attended.weights), std::move(next)};
}

}  // namespace glance
