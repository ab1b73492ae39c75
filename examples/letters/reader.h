#pragma once

#include <span>
#include <vector>

#include "examples/letters/alphabet.h"
#include "examples/letters/model.h"

// Reading a text of any length with a model that sees only so many letters at once.
namespace glance::gpt {

// Reads a text letter by letter and knows what the model says of the next one. As long as the text fits the context,
// each letter costs one step with the cache of keys and values. From then on the model sees a window, the last letters
// of the text, as many as the context, less up to `slide` - 1.
//
// A window that moves must be read anew: each letter stands at another position in it, and what the upper layers kept
// of it was made of letters that are now out of sight. So what is said is exactly what the model says of the window by
// itself, whatever the kind of positions. With slide 1 each further letter costs a whole window; with `slide` letters
// at once so much less, and the window is a little shorter meanwhile.
class Reader {
 public:
  // Keeps a reference to the model. Error for a slide below 1 or over the context.
  explicit Reader(const Model& model, Index slide = 1);

  // Reads on. Error for a number that is no letter.
  void read(std::span<const std::int32_t> letters);

  // The logits of the next letter, [symbols]. Error before anything was read.
  std::span<const float> logits() const;

  // The letters that the model sees.
  const Numbers& window() const { return window_; }

 private:
  void step(std::span<const std::int32_t> letters);

  const Model& model_;
  Index slide_;
  Numbers window_;
  Memory memory_;
  std::vector<float> logits_;
};

}  // namespace glance::gpt
