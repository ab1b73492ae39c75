#pragma once

#include "examples/seq2seq/kinds.h"
#include "examples/seq2seq/scorer.h"
#include "glance/autograd/attention.h"
#include "glance/nn/batch.h"
#include "glance/nn/dropout.h"
#include "glance/nn/embedding.h"
#include "glance/nn/linear.h"
#include "glance/nn/recurrent.h"

// The recurrent translator: an encoder reads the source, a decoder writes the target, and for every word that it writes
// it may glance back at the source by attention, as dot products unless the options ask for another kind (Luong, Pham
// and Manning, 2015).
//
//   memory  = encoder(embed(source))            [batch, sources, hidden]      a state for every source word
//   state   = decoder(embed(previous words))    [batch, targets, hidden]      from the encoder's last state on
//   context = attend(state, memory, memory)     [batch, targets, hidden]      the memory, averaged by its answers
//   glance  = tanh(W [context; state])          [batch, targets, embedding]
//   logits  = glance · target embeddings + b    [batch, targets, words]       tied: a word is likely when it is close
//
// The encoder reads one way unless the options say otherwise. A two-way encoder's states carry their neighbours on both
// sides, and the attention no longer shows where a word's information comes from. Each of its directions has half of
// the hidden numbers; a memory is the two side by side, and so is the state that the decoder starts from.
namespace glance::seq2seq {

struct RecurrentTranslator {
  ModelOptions options;
  AttentionChoice kind;  // of its attention
  Embedding source;      // [source words, embedding]
  Embedding target;      // [target words, embedding], read when a word is fed and again to score the next one
  RecurrentStack encoder;
  RecurrentStack decoder;
  Linear combine;        // [context; state] or, without attention, the state alone -> embedding
  Variable output_bias;  // [target words]
  Dropout dropout;
  Scorer attention;  // empty: the decoder has only what the encoder's last state told it

  // `own`: kinds of attention beside those of kinds.h. Error for options that make no translator.
  RecurrentTranslator(const ModelOptions& options, Generator& generator, std::span<const AttentionChoice> own = {});

  // What the decoder may look at, and where it starts.
  struct Encoded {
    Variable memory;              // [batch, sources, hidden]
    RecurrentStack::State state;  // after each source's own end
    Tensor visible;               // bool [batch, 1, sources]

    static void visit(auto& self, auto&& f) {
      f("memory", self.memory);
      f("state", self.state);
      f("visible", self.visible);
    }
  };
  // Source words i64 [batch, sources].
  Encoded encode(const PaddedBatch& sources, Generator* noise = nullptr) const;

  struct Decoded {
    Variable logits;   // [batch, targets, target words]
    Variable weights;  // [batch, targets, sources]; undefined without attention
  };
  // Teacher forcing: every step is fed the right word before it, i64 [batch, targets] starting with the begin mark.
  Decoded decode(const Encoded& encoded, const PaddedBatch& fed, Generator* noise = nullptr) const;

  // One step of writing: the words written last, i64 [rows], and the state so far. The rows are those of one
  // translation of each source, or of equally many, one source after the other.
  struct Step {
    Variable logits;   // [rows, target words]
    Variable weights;  // [rows, sources]; undefined without attention
    RecurrentStack::State state;
  };
  Step step(const Encoded& encoded, const Tensor& words, const RecurrentStack::State& state) const;

  // The most words that a translation of a source of this length may have, so that a decoder that does not stop by
  // itself is stopped.
  Index most_words(Index source_length) const { return options.length(source_length); }

  static void visit(auto& self, auto&& f) {
    f("source", self.source);
    f("target", self.target);
    f("encoder", self.encoder);
    f("decoder", self.decoder);
    f("combine", self.combine);
    f("output_bias", self.output_bias);
    f("attention", self.attention);
  }

 private:
  Attended glance_back(const Encoded& encoded, const Variable& state) const;
  Variable logits(const Variable& state, const Variable& context, Generator* noise) const;
};

}  // namespace glance::seq2seq
