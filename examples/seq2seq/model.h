#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "examples/seq2seq/attention_maps.h"
#include "examples/seq2seq/recurrent_translator.h"
#include "examples/seq2seq/transformer_translator.h"

// A translator of any kind, as a value. What trains, scores, searches, saves and explains takes this; each kind has the
// same face (encode, decode, step, most_words, visit), and is one by itself, too.
namespace glance::seq2seq {

struct Translator {
  std::variant<RecurrentTranslator, TransformerTranslator> held;

  // A new one of the family that the options say. `own`: kinds of attention beside those of kinds.h. Error for options
  // that make no translator.
  Translator(const ModelOptions& options, Generator& generator, std::span<const AttentionChoice> own = {});

  // Of one kind; shares its parameters.
  Translator(RecurrentTranslator model) : held(std::move(model)) {}
  Translator(TransformerTranslator model) : held(std::move(model)) {}

  // What it was made of.
  const ModelOptions& options() const;

  // "LSTM with dot attention", as described() of kinds.h.
  std::string description() const;

  // Whether it looks back at the source at all.
  bool has_attention() const;

  // Whether its one score is query · key, so that it can be taken apart.
  bool is_product() const;

  // The most words that a translation of a source of this length may have.
  Index most_words(Index source_length) const;

  // The most words that it can read in one sentence; nothing when it reads any number.
  std::optional<Index> most_source() const;

  struct Decoded {
    Variable logits;                        // [batch, targets, target words]
    std::vector<LayerAttention> attention;  // of all layers; empty without attention

    // The mean over heads of the last layer's cross-attention, [batch, targets, sources]; undefined without attention.
    Tensor weights() const { return mean_cross_weights(attention); }
  };
  // Reads the sources, i64 [batch, sources], and answers while it is fed the right words, i64 [batch, targets] starting
  // with the begin mark. `visible`: bool [batch, 1, sources], where cross-attention may look; undefined: at every word.
  Decoded decode(const PaddedBatch& sources, const PaddedBatch& fed, Generator* noise = nullptr,
                 const Tensor& visible = {}) const;

  static void visit(auto& self, auto&& f) { f("", self.held); }
};

}  // namespace glance::seq2seq
