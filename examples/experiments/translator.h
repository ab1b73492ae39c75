#pragma once

#include <span>
#include <string>
#include <vector>

#include "examples/experiments/experiment.h"
#include "examples/experiments/training.h"
#include "examples/seq2seq/batches.h"
#include "glance/nn/embedding.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"

// A Transformer that translates the built-in language, as small as can be: for what goes wrong in training one.
//
// It is not examples/seq2seq/transformer_translator.h, although its blocks are the same, because the experiments take
// out what that one always has: the √width before positions. An option for it there would stand in every checkpoint, on
// the command line and in the search, for a translator that nobody should train. So this one has the forward pass
// alone, and pairs, batches and vocabularies from there.
namespace glance::experiments {

// Which translator.
struct TranslatorOptions {
  Index source_words = 0, target_words = 0;
  Index width = 64;
  Index heads = 4;
  int layers = 2;  // of the encoder, and as many of the decoder
  bool norm_first = true;
  PositionKind positions = PositionKind::sinusoidal;
  bool grown = true;  // the words' vectors times √width, before positions are added
};

// The translator.
struct SmallTranslator {
  TranslatorOptions options;
  Embedding source, target;  // the latter says also how likely each word is
  Positions source_positions, target_positions;
  TransformerEncoder encoder;
  TransformerDecoder decoder;

  // Error for extents that no layer takes.
  SmallTranslator(const TranslatorOptions& options, Generator& generator);

  // The scores of each word of the translations, [batch, targets, words].
  Variable operator()(const seq2seq::Batch& batch) const;

  // The likeliest translations, word by word with a cache of keys and values: i64 [batch, count]. What follows an end
  // mark means nothing.
  Tensor write(const PaddedBatch& sources, Index count) const;

  static void visit(auto& self, auto&& f) {
    f("source", self.source);
    f("target", self.target);
    f("source_positions", self.source_positions);
    f("target_positions", self.target_positions);
    f("encoder", self.encoder);
    f("decoder", self.decoder);
  }

 private:
  Variable embed(const Embedding& words, const Positions& positions, const Tensor& symbols, Index from) const;
  Variable encode(const PaddedBatch& sources) const;
  Variable scores(const Variable& hidden) const;
};

// The share of sentences whose translation is right from the first word to the end mark.
double exactly_right(const SmallTranslator& model, std::span<const seq2seq::Example> examples);

// The mean loss of a word. With `exchanged`, each sentence is to be translated from the source of another one: who
// looks at the source, is then far worse.
double loss_of(const SmallTranslator& model, std::span<const seq2seq::Example> examples, bool exchanged);

// Sentences of the built-in language of at most `longest` English words: so many to train on, and 400 that are held
// out.
seq2seq::Numbered sentences_to_translate(Index count, std::size_t longest, std::uint64_t seed);

// Trains with batches of 32, and returns the mean loss of the last tenth of the steps.
double train(const std::string& name, const SmallTranslator& model, std::span<const seq2seq::Example> examples,
             const Plan& plan, const Settings& settings);

}  // namespace glance::experiments
