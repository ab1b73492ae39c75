#pragma once

#include <array>
#include <type_traits>
#include <variant>

#include "glance/autograd/attention.h"
#include "glance/nn/multi_head.h"
#include "glance/tensor/random.h"

// The layers of attention, which are all called alike. They differ in the score, how well a key answers a query:
//
//   Attended operator()(query, keys, values, visible = {}, noise = nullptr) const
//
// query [..., targets, query features], keys [..., sources, key features] and values [..., sources, value features],
// whose leading dimensions are the same; `visible` is a bool that broadcasts to [..., targets, sources] and is true
// where a source may be seen, everywhere when undefined; `noise` is for dropout while training. They give the context
// [..., targets, value features] and the weights [..., targets, sources]. Error when shapes or dtypes do not fit.
namespace glance {

// No attention: weights and context are zeros. It is there to be compared with the other kinds.
struct NoAttention {
  // The context and the weights, as said at the top of the file.
  Attended operator()(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible = {},
                      Generator* noise = nullptr) const;
  static void visit(auto&, auto&&) {}
};

// score = q · k (Luong, Pham and Manning, 2015). Queries and keys have as many features.
struct DotAttention {
  // The context and the weights, as said at the top of the file.
  Attended operator()(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible = {},
                      Generator* noise = nullptr) const;
  static void visit(auto&, auto&&) {}
};

// score = q · k / √features (Vaswani et al., 2017), so that scores do not grow with the number of features.
struct ScaledDotAttention {
  // The context and the weights, as said at the top of the file.
  Attended operator()(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible = {},
                      Generator* noise = nullptr) const;
  static void visit(auto&, auto&&) {}
};

// score = qᵀ W k (Luong, Pham and Manning, 2015).
struct GeneralAttention {
  Variable w;  // [query features, key features]

  // Starts uniform in ±1/√(query features). Error for a negative extent, or a dtype that is not f32 or f64.
  GeneralAttention(Index query_features, Index key_features, Generator& generator, DType dtype = f32);

  // The context and the weights, as said at the top of the file.
  Attended operator()(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible = {},
                      Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) { f("w", self.w); }
};

// score = vᵀ tanh(W q + U k) (Bahdanau, Cho and Bengio, 2015).
struct AdditiveAttention {
  Variable w;  // [features, query features]
  Variable u;  // [features, key features]
  Variable v;  // [features]

  // Each starts uniform in ±1/√n, where n is its last extent. Error for a negative extent, or a dtype that is not f32
  // or f64.
  AdditiveAttention(Index query_features, Index key_features, Index features, Generator& generator, DType dtype = f32);

  // The context and the weights, as said at the top of the file.
  Attended operator()(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible = {},
                      Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) {
    f("w", self.w);
    f("u", self.u);
    f("v", self.v);
  }
};

// The kinds of attention there are, for a choice at run time.
enum class AttentionKind { none, dot, scaled, general, additive, multi_head };

// The names of the kinds, in the order of AttentionKind.
inline constexpr std::array<const char*, 6> attention_names = {"none",    "dot",      "scaled",
                                                               "general", "additive", "multi_head"};

// Options of Attention.
struct AttentionOptions {
  Index heads = 1;     // of multi-head attention
  double dropout = 0;  // of multi-head attention's weights
  DType dtype = f32;
};

// An attention of one of the kinds. It is saved, copied and trained as the layer that it holds, under that layer's
// names.
struct Attention {
  std::variant<NoAttention, DotAttention, ScaledDotAttention, GeneralAttention, AdditiveAttention, MultiHeadAttention>
      layer;

  Attention() = default;

  // For queries and keys of these features; additive attention has as many of its own as the keys. Values have as many
  // as the keys where the kind is multi-head. Error when the kind does not admit the sizes.
  Attention(AttentionKind kind, Index query_features, Index key_features, Generator& generator,
            const AttentionOptions& options = {});

  // Which of the kinds it is.
  AttentionKind kind() const { return static_cast<AttentionKind>(layer.index()); }

  // The context and the weights, as said at the top of the file.
  Attended operator()(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible = {},
                      Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) {
    std::visit([&f](auto& held) { std::remove_cvref_t<decltype(held)>::visit(held, f); }, self.layer);
  }
};

}  // namespace glance
