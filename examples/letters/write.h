#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "examples/letters/checkpoint.h"
#include "examples/letters/sampler.h"

// The command write, with its options.
namespace glance::gpt {

// What a person asks for.
struct WriteCommand {
  std::string model;   // a checkpoint, or the folder of a training
  std::string prompt;  // what the text begins with
  SamplingOptions sampling;
  std::uint64_t seed = 1;
  Index length = 500;  // letters after the prompt
  Index slide = 1;     // letters by which the window moves at once when the context is full (reader.h)
  bool json = false;
};

// The text that a person gave, in numbers. What the model has never met is left out, and named on standard error in one
// line. Error for text that is no UTF-8, where the model reads characters; `name`: what errors call it.
Numbers read_text(const Alphabet& alphabet, const std::string& text, const char* name,
                  std::vector<std::string>& unknown);

// Lets a model write on standard output, letter by letter as it goes.
void write(const WriteCommand& command);

}  // namespace glance::gpt
