#pragma once

#include <optional>
#include <vector>

#include "glance/nn/layer_norm.h"
#include "glance/nn/linear.h"
#include "glance/nn/multi_head.h"
#include "glance/tensor/kernels/activate.h"

// The blocks of the Transformer (Vaswani et al., 2017) and their stacks. A block adds to each place, one after the
// other, what its attention sees and what a small network makes of it:
//
//   norm_first (Xiong et al., 2020)             as in the paper
//   x = x + self_attn(norm1(x))                 x = norm1(x + self_attn(x))
//   x = x + multihead_attn(norm2(x), memory)    x = norm2(x + multihead_attn(x, memory))      the decoder's only
//   x = x + feed_forward(norm3(x))              x = norm3(x + feed_forward(x))                norm2 in an encoder
//
//   feed_forward(x) = linear2(activation(linear1(x)))
//
// What each part adds goes through dropout first, and so do the attention's weights and the activation. Parameters have
// the names and first values of PyTorch's nn.TransformerEncoderLayer, nn.TransformerDecoderLayer and their stacks with
// batch_first. An encoder that sees only what is earlier is a GPT, one that sees all a BERT.
namespace glance {

// Options of blocks and stacks, PyTorch's by name and default. Dropout happens only where a call is given `noise`.
struct TransformerOptions {
  Index feed_forward = 2048;  // hidden numbers of the network
  double dropout = 0.1;
  Activation activation = Activation::relu;
  double epsilon = 1e-5;    // of the norms
  bool norm_first = false;  // each part reads a normed x, and what it adds is not normed
  bool bias = true;         // of the projections, the network and the norms
  bool rotary = false;      // self-attention turns queries and keys by their positions
  DType dtype = f32;
};

// Which places of a sequence its other places may see.
struct Visibility {
  Tensor visible{};     // bool, broadcast to [batch, targets, sources], true where a source may be seen; undefined: all
  bool causal = false;  // only what is not later
};

// The result of a block of an encoder.
struct EncoderBlockOutput {
  Variable output;   // [batch, time, features]
  Variable weights;  // [batch, heads, time, time]
};

// The result of a block of a decoder.
struct DecoderBlockOutput {
  Variable output;         // [batch, targets, features]
  Variable weights;        // of self-attention, [batch, heads, targets, targets]
  Variable cross_weights;  // on the memory, [batch, heads, targets, sources]
};

// A block of self-attention and feed-forward network.
struct TransformerEncoderLayer {
  MultiHeadAttention self_attn;
  Linear linear1, linear2;
  LayerNorm norm1, norm2;
  TransformerOptions options;

  // Error for heads that do not share the features evenly, and options that no layer takes.
  TransformerEncoderLayer(Index features, Index heads, Generator& generator, const TransformerOptions& options = {});

  // x [batch, time, features]. Error when shapes or dtypes do not fit.
  EncoderBlockOutput operator()(const Variable& x, const Visibility& sight = {}, Generator* noise = nullptr) const;

  // What step() gives.
  struct Step {
    Variable output;      // [batch, time, features]
    Variable weights;     // [batch, heads, time, places read so far]
    KeysAndValues state;  // with those of x
  };

  // The next places of sequences whose earlier ones the state holds; each sees what is not later, as far as `visible`
  // lets it, which broadcasts to [batch, time, places so far].
  Step step(const Variable& x, const KeysAndValues& state, const Tensor& visible = {},
            Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) {
    f("self_attn", self.self_attn);
    f("linear1", self.linear1);
    f("linear2", self.linear2);
    f("norm1", self.norm1);
    f("norm2", self.norm2);
  }
};

// A block that also looks at a memory, which is what an encoder gave. Its self-attention is causal always: PyTorch's is
// only where a mask says so.
struct TransformerDecoderLayer {
  MultiHeadAttention self_attn;
  MultiHeadAttention multihead_attn;
  Linear linear1, linear2;
  LayerNorm norm1, norm2, norm3;
  TransformerOptions options;

  // Error as for the encoder's.
  TransformerDecoderLayer(Index features, Index heads, Generator& generator, const TransformerOptions& options = {});

  // x [batch, targets, features], and the memory that multihead_attn.project() has made ready, of which `visible` says
  // what may be seen, broadcast to [batch, targets, sources]. Error when shapes or dtypes do not fit.
  DecoderBlockOutput operator()(const Variable& x, const KeysAndValues& memory, const Tensor& visible = {},
                                Generator* noise = nullptr) const;

  // What step() gives.
  struct Step {
    Variable output;         // [rows, time, features]
    Variable weights;        // [rows, heads, time, places so far]
    Variable cross_weights;  // [rows, heads, time, sources]
    KeysAndValues state;     // with those of x
  };

  // The next places of sequences whose earlier ones the state holds. The memory may have fewer rows than x, where
  // equally many rows of x, one after the other, share each.
  Step step(const Variable& x, const KeysAndValues& state, const KeysAndValues& memory, const Tensor& visible = {},
            Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) {
    f("self_attn", self.self_attn);
    f("multihead_attn", self.multihead_attn);
    f("linear1", self.linear1);
    f("linear2", self.linear2);
    f("norm1", self.norm1);
    f("norm2", self.norm2);
    f("norm3", self.norm3);
  }
};

// The keys and values of each layer: what a stack keeps of the places it has read, or has made ready of a memory. It is
// a state (nn/state.h); without layers, nothing was read.
struct LayersKeysAndValues {
  std::vector<KeysAndValues> layers;

  // How many places were read: the position of the next.
  Index length() const { return layers.empty() ? 0 : layers.front().length(); }

  static void visit(auto& self, auto&& f) { f("layers", self.layers); }
};

// Options of a stack beside those of its blocks.
struct StackOptions {
  int layers = 6;
  // Whether a last norm follows the blocks; unless said, it does with norm_first, where nothing else norms the output.
  std::optional<bool> norm = {};
};

// A stack of encoder blocks. PyTorch's copies one layer and so starts with all alike; here each starts with its own.
struct TransformerEncoder {
  std::vector<TransformerEncoderLayer> layers;
  std::optional<LayerNorm> norm;

  // Error for less than one layer, and as for a block.
  TransformerEncoder(Index features, Index heads, Generator& generator, const StackOptions& stack = {},
                     const TransformerOptions& options = {});

  // What a stack gives.
  struct Output {
    Variable output;                // [batch, time, features]
    std::vector<Variable> weights;  // of each layer, [batch, heads, time, time]
  };

  // x [batch, time, features]. Error when shapes or dtypes do not fit.
  Output operator()(const Variable& x, const Visibility& sight = {}, Generator* noise = nullptr) const;

  // What step() gives.
  struct Step {
    Variable output;                // [batch, time, features]
    std::vector<Variable> weights;  // of each layer, [batch, heads, time, places so far]
    LayersKeysAndValues state;      // with those of x
  };

  // The next places of sequences whose earlier ones the state holds, causal: as operator() gives over the whole, place
  // by place. Error also for a state of another number of layers.
  Step step(const Variable& x, const LayersKeysAndValues& state = {}, const Tensor& visible = {},
            Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) {
    f("layers", self.layers);
    f("norm", self.norm);
  }
};

// A stack of decoder blocks.
struct TransformerDecoder {
  std::vector<TransformerDecoderLayer> layers;
  std::optional<LayerNorm> norm;

  // Error for less than one layer, and as for a block.
  TransformerDecoder(Index features, Index heads, Generator& generator, const StackOptions& stack = {},
                     const TransformerOptions& options = {});

  // What a stack gives.
  struct Output {
    Variable output;                      // [batch, targets, features]
    std::vector<Variable> weights;        // of each layer, [batch, heads, targets, targets]
    std::vector<Variable> cross_weights;  // of each layer, [batch, heads, targets, sources]
  };

  // A memory [batch, sources, features] as every layer looks at it.
  LayersKeysAndValues project(const Variable& memory) const;

  // x [batch, targets, features], memory [batch, sources, features]. Error when shapes or dtypes do not fit.
  Output operator()(const Variable& x, const Variable& memory, const Tensor& visible = {},
                    Generator* noise = nullptr) const;

  // The same over what project() has made ready.
  Output operator()(const Variable& x, const LayersKeysAndValues& memory, const Tensor& visible = {},
                    Generator* noise = nullptr) const;

  // What step() gives.
  struct Step {
    Variable output;                      // [rows, time, features]
    std::vector<Variable> weights;        // of each layer, [rows, heads, time, places so far]
    std::vector<Variable> cross_weights;  // of each layer, [rows, heads, time, sources]
    LayersKeysAndValues state;            // with those of x
  };

  // The next places of sequences whose earlier ones the state holds. As for a block, rows may share a memory.
  Step step(const Variable& x, const LayersKeysAndValues& state, const LayersKeysAndValues& memory,
            const Tensor& visible = {}, Generator* noise = nullptr) const;

  static void visit(auto& self, auto&& f) {
    f("layers", self.layers);
    f("norm", self.norm);
  }
};

}  // namespace glance
