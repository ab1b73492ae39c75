#pragma once

#include <vector>

#include "glance/nn/embedding.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"

// A model that fills gaps in sentences from what stands on both sides of them: BERT (Devlin et al., 2019) in the small.
namespace glance::gaps {

// Which model.
struct ModelOptions {
  Index words = 0;    // that it can say, marks among them
  Index longest = 0;  // sentence that it reads
  Index width = 64;
  Index heads = 4;
  int layers = 2;
  double dropout = 0;
  bool left_to_right = false;  // each place sees only what is not later, as in a GPT

  // The list of what a file keeps of them: calls f(name, option).
  static void fields(auto& o, auto&& f) {
    f("words", o.words);
    f("longest", o.longest);
    f("width", o.width);
    f("heads", o.heads);
    f("layers", o.layers);
    f("dropout", o.dropout);
    f("left_to_right", o.left_to_right);
  }
};

// A Transformer's encoder over words, some of which are hidden behind the mask, a symbol of its own.
struct Model {
  ModelOptions options;
  Embedding word;  // the mask comes after the words; the words' vectors say also how likely each is
  Positions positions;
  TransformerEncoder encoder;
  Variable bias;  // [words]

  // Error for options that no layer takes.
  Model(const ModelOptions& options, Generator& generator);

  // The number that stands where a word is hidden.
  Index mask() const { return options.words; }

  // What the encoder makes of sentences.
  struct Read {
    Variable hidden;                // [batch, time, width]
    std::vector<Variable> weights;  // of each layer, [batch, heads, time, time]
  };

  // Sentences i64 [batch, time]; `visible`, bool [batch, 1, time], is false at their pads; undefined: there are none.
  Read read(const Tensor& sentences, const Tensor& visible = {}, Generator* noise = nullptr) const;

  // How well each word fits where these hidden states stand: [..., width] -> [..., words].
  Variable logits(const Variable& hidden) const;

  static void visit(auto& self, auto&& f) {
    f("word", self.word);
    f("positions", self.positions);
    f("encoder", self.encoder);
    f("bias", self.bias);
  }
};

// How many parameters such a model has, without making it.
double parameters_of(const ModelOptions& options);

}  // namespace glance::gaps
