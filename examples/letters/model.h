#pragma once

#include <optional>
#include <string>
#include <vector>

#include "glance/nn/embedding.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"

// A GPT in the small: a Transformer that reads a text from the left and says at each place what comes next (Radford et
// al., 2018 and 2019).
namespace glance::gpt {

// What a model is, beside the numbers it learns.
struct ModelOptions {
  Index symbols = 0;  // letters of the alphabet
  int layers = 4;
  Index heads = 4;
  Index width = 128;   // features of each place
  Index context = 64;  // letters that it sees at once
  PositionKind positions = PositionKind::learned;
  double dropout = 0;

  // Calls f(name, member) for each, as checkpoints keep them.
  static void fields(auto& o, auto&& f) {
    f("symbols", o.symbols);
    f("layers", o.layers);
    f("heads", o.heads);
    f("width", o.width);
    f("context", o.context);
    f("positions", o.positions);
    f("dropout", o.dropout);
  }
};

// What is wrong with these options, in words that name the program's options; nothing when they can be used.
std::optional<std::string> problem_of(const ModelOptions& options);

// How many numbers a model of these options learns, before it is made.
double parameters_of(const ModelOptions& options);

// What the model has kept of the letters it has read: the keys and values of each layer. It is a state (nn/state.h).
using Memory = LayersKeysAndValues;

// What a model gives for places of a text.
struct Prediction {
  Variable logits;                // [batch, time, symbols], of the letter after each place
  std::vector<Variable> weights;  // of each layer, [batch, heads, time, places read so far]
};

// The model. Each letter is a vector; blocks of causal self-attention and small networks (norm first, gelu) rework the
// vectors; and the products of the last ones with the vectors of all letters are the logits: input and output share
// one table (Press and Wolf, 2017). First values are normal, biases 0, and what is added to the stream of vectors,
// twice a layer, starts smaller by √(2 · layers), so that the sum does not grow with depth (GPT-2).
struct Model {
  ModelOptions options;
  Embedding letters;  // [symbols, width]
  Positions positions;
  TransformerEncoder blocks;

  // Error for options that problem_of() complains about.
  Model(const ModelOptions& options, Generator& generator);

  // Letters by number, i64 [batch, time], from their beginning. Error for more than the context, or no letter of the
  // alphabet. Dropout only where a call is given `noise`.
  Prediction operator()(const Tensor& text, Generator* noise = nullptr) const;

  // What step() gives.
  struct Step {
    Prediction prediction;
    Memory memory;  // with the places of this call
  };

  // The same for the letters that follow those in the memory: a few at a time, or one, and all at once agree.
  Step step(const Tensor& text, const Memory& memory = {}) const;

  static void visit(auto& self, auto&& f) {
    f("letters", self.letters);
    f("positions", self.positions);
    f("blocks", self.blocks);
  }
};

}  // namespace glance::gpt
