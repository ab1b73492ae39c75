// A sentence on its way through an untrained translator, shape by shape, to the picture of what it weights.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "glance/glance.h"

namespace {

using namespace glance;

void show(const char* name, const Variable& x, const char* dimensions) {
  std::string shape;
  for (const Index extent : x.shape()) shape += fmt::format("{}{}", shape.empty() ? "" : ", ", extent);
  fmt::print("{:<10} {:<12} {}\n", name, "[" + shape + "]", dimensions);
}

}  // namespace

int main() {
  const std::vector<std::string> sources = {"the", "cat", "ate", "the", "apple"};
  const std::vector<std::string> targets = {"le", "chat", "a", "mangé", "la", "pomme", "<end>"};

  Generator generator(1);
  // [shapes]
  const Embedding english(100, 16, generator), french(100, 16, generator);  // 100 words, 16 numbers for each
  const LSTM encoder(16, 32, generator), decoder(16, 32, generator);        // states of 32 numbers

  const Tensor source = tensor({{4, 5, 6, 4, 7}}, i64);        // a batch of one sentence, its words as numbers
  const Tensor target = tensor({{1, 4, 5, 6, 7, 8, 9}}, i64);  // "begin", then the words written so far
  show("source", source, "[batch, sources]");

  const Variable words = english(source);
  show("words", words, "[batch, sources, embedding]");

  const auto [memory, last] = encoder(words);
  show("memory", memory, "[batch, sources, state]   one state for each source word");

  const Variable states = decoder(french(target), last).output;
  show("states", states, "[batch, targets, state]   one state for each word to be written");

  const Attended attended = attend(states, memory, memory);
  show("weights", attended.weights, "[batch, targets, sources]");
  show("context", attended.context, "[batch, targets, state]");
  // [shapes end]

  fmt::print("\nThe weights of the one sentence, in percent:\n\n{:>7}", "");
  for (const auto& word : sources) fmt::print("{:>7}", word);
  fmt::print("\n");
  const std::vector<float> weights = attended.weights.value().to_vector<float>();
  for (std::size_t t = 0; t < targets.size(); ++t) {
    // fmt counts columns, so that the accent does no harm.
    fmt::print("{:>7}", targets[t]);
    for (std::size_t s = 0; s < sources.size(); ++s) fmt::print("{:7.0f}", 100 * weights[t * sources.size() + s]);
    fmt::print("\n");
  }
}
