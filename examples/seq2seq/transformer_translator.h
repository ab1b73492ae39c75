#pragma once

#include <vector>

#include "examples/seq2seq/kinds.h"
#include "glance/nn/batch.h"
#include "glance/nn/dropout.h"
#include "glance/nn/embedding.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"

// The translator as a Transformer (Vaswani et al., 2017): no state is handed from word to word. Every word looks at
// others, layer after layer, with several heads at once.
//
//   words   = √width · embed(symbols), with their positions          [batch, time, width]
//   memory  = encoder(words of the source)                           each sees all of its sentence
//   states  = decoder(previous words, memory)                        each sees those before it, and the memory
//   logits  = states · target embeddings + b                         tied: a word is likely when it is close
//
// The embeddings start small, because they score words too; without √width sinusoids, whose size is that of 1, would
// drown them. The decoder keeps its layers' keys and values from step to step, so that writing a word costs one place.
namespace glance::seq2seq {

struct TransformerTranslator {
  ModelOptions options;
  Embedding source;  // [source words, width]
  Embedding target;  // [target words, width], read when a word is fed and again to score the next one
  Positions source_positions, target_positions;
  TransformerEncoder encoder;
  TransformerDecoder decoder;
  Variable output_bias;  // [target words]
  Dropout dropout;

  // Error for options that make no translator.
  TransformerTranslator(const ModelOptions& options, Generator& generator);

  // What the decoder may look at, and where it starts.
  struct Encoded {
    LayersKeysAndValues memory;     // as each layer of the decoder looks at it
    LayersKeysAndValues state;      // nothing is written yet
    Tensor visible;                 // bool [batch, 1, sources]
    std::vector<Variable> weights;  // of each layer of the encoder, [batch, heads, sources, sources]

    static void visit(auto& self, auto&& f) {
      f("memory", self.memory);
      f("state", self.state);
      f("visible", self.visible);
      f("weights", self.weights);
    }
  };
  // Source words i64 [batch, sources]. Error for more of them than learned positions reach to.
  Encoded encode(const PaddedBatch& sources, Generator* noise = nullptr) const;

  struct Decoded {
    Variable logits;                      // [batch, targets, target words]
    std::vector<Variable> weights;        // of each layer of the decoder, [batch, heads, targets, targets]
    std::vector<Variable> cross_weights;  // of each layer, [batch, heads, targets, sources]
  };
  // Teacher forcing: every step is fed the right word before it, i64 [batch, targets] starting with the begin mark.
  Decoded decode(const Encoded& encoded, const PaddedBatch& fed, Generator* noise = nullptr) const;

  // One step of writing: the words written last, i64 [rows], and the state so far. The rows are those of one
  // translation of each source, or of equally many, one source after the other; these share the source's memory.
  struct Step {
    Variable logits;   // [rows, target words]
    Variable weights;  // [rows, sources]: the mean over heads of the last layer's cross-attention
    LayersKeysAndValues state;
  };
  Step step(const Encoded& encoded, const Tensor& words, const LayersKeysAndValues& state) const;

  // The most words that a translation of a source of this length may have: what the options say, and no more than
  // learned positions reach to.
  Index most_words(Index source_length) const;

  static void visit(auto& self, auto&& f) {
    f("source", self.source);
    f("target", self.target);
    f("source_positions", self.source_positions);
    f("target_positions", self.target_positions);
    f("encoder", self.encoder);
    f("decoder", self.decoder);
    f("output_bias", self.output_bias);
  }

 private:
  Variable words(const Embedding& embedding, const Positions& positions, const Tensor& symbols, Index from,
                 Generator* noise) const;
};

}  // namespace glance::seq2seq
