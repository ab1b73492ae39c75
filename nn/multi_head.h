#pragma once

#include <memory>

#include "glance/autograd/attention.h"
#include "glance/nn/linear.h"
#include "glance/tensor/random.h"

// Multi-head attention, at once over a whole sequence or a few places at a time with a cache of keys and values.
namespace glance {

// Options of MultiHeadAttention. Keys and values have as many features as queries, unless kdim and vdim say otherwise.
struct MultiHeadOptions {
  double dropout = 0;   // of the weights, while training
  bool bias = true;     // of the projections
  Index kdim = 0;       // features of the keys; 0: those of the queries
  Index vdim = 0;       // features of the values; 0: those of the queries
  bool rotary = false;  // queries and keys are turned by their positions (nn/positions.h)
  DType dtype = f32;
};

namespace detail {

// Memory for more places than a state has read, so that a step without gradients need not copy those before it.
struct RoomForPlaces;

}  // namespace detail

// Keys and values that are projected and cut into heads already: all that attention needs of what it looks at. It is a
// state (nn/state.h), and empty when undefined.
struct KeysAndValues {
  Variable keys;    // [batch, heads, time, features of a head]
  Variable values;  // [batch, heads, time, features of a head]
  // Where the next places go, shared with the states before and after this one; each of them sees its own places only.
  std::shared_ptr<detail::RoomForPlaces> room = {};

  // How many places there are.
  Index length() const { return keys.defined() ? keys.shape(-2) : 0; }

  static void visit(auto& self, auto&& f) {
    f("keys", self.keys);
    f("values", self.values);
  }
};

// Several scaled dot-product attentions side by side, each over a part of the projected features; their contexts are
// joined and projected once more (Vaswani et al., 2017). Parameters have the names and layouts of PyTorch's
// nn.MultiheadAttention with batch_first, and its first values.
struct MultiHeadAttention {
  Variable in_proj_weight;  // [3 · features, features]: query, key and value; or undefined:
  Variable q_proj_weight, k_proj_weight, v_proj_weight;  // [features, features], [features, kdim], [features, vdim]
  Variable in_proj_bias;                                 // [3 · features], undefined without bias
  Linear out_proj;                                       // [features, features]
  Index heads;
  double dropout;
  bool rotary;

  // Error unless `heads` is at least 1 and divides `features`, 0 <= dropout < 1, the dtype is f32 or f64, and each head
  // has an even number of features when they are to be turned.
  MultiHeadAttention(Index features, Index heads, Generator& generator, const MultiHeadOptions& options = {});

  // The context has the queries' features; the weights are those of each head, [..., heads, targets, sources], after
  // dropout. `visible` has no dimension for the heads, which all see the same. Rotary positions count from 0 in the
  // queries and in the keys.
  Attended operator()(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible = {},
                      Generator* noise = nullptr) const;

  // The same with all that attend() can do. Here `visible` and `bias` broadcast to [..., heads, targets, sources], and
  // `scale` multiplies 1/√(features of a head). Query, keys and values that are one variable are projected in one
  // product, and so are keys and values that are.
  Attended attend(const Variable& query, const Variable& keys, const Variable& values, const AttendOptions& options,
                  Generator* noise = nullptr) const;

  // Keys and values projected once, for many queries to look at. Error as above.
  KeysAndValues project(const Variable& keys, const Variable& values) const;

  // The attention of query [..., targets, features] to what project() gave.
  Attended attend(const Variable& query, const KeysAndValues& memory, const AttendOptions& options = {},
                  Generator* noise = nullptr) const;

  // What step() gives.
  struct Step {
    Variable context;     // [batch, time, features]
    Variable weights;     // [batch, heads, time, places read so far]
    KeysAndValues state;  // with those of x
  };

  // Self-attention over the next places of a sequence, x [batch, time, features], after those whose keys and values the
  // state holds; each place sees itself and all before it, as far as `visible` lets it, which broadcasts to [batch,
  // heads, time, places so far]. One place at a time, a few at a time, and all at once with `causal` give the same.
  Step step(const Variable& x, const KeysAndValues& state, const Tensor& visible = {},
            Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) {
    f("in_proj_weight", self.in_proj_weight);
    f("q_proj_weight", self.q_proj_weight);
    f("k_proj_weight", self.k_proj_weight);
    f("v_proj_weight", self.v_proj_weight);
    f("in_proj_bias", self.in_proj_bias);
    f("out_proj", self.out_proj);
  }
};

}  // namespace glance
