// Each French sentence is trained with some other's English: what is left is a language model, and one can tell. The
// number on the command line is the seed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [shuffle]
// The same French, each with the English of another.
std::vector<Example> with_shuffled_sources(const std::vector<Example>& examples, std::uint64_t seed) {
  Generator generator(seed);
  const auto order = permutation(static_cast<Index>(examples.size()), generator).to_vector<Index>();
  std::vector<Example> shuffled = examples;
  for (std::size_t i = 0; i < shuffled.size(); ++i)
    shuffled[i].source = examples[static_cast<std::size_t>(order[i])].source;
  return shuffled;
}
// [shuffle end]

// [tell]
void tell(const char* name, const RecurrentTranslator& model, const Numbered& data, std::uint64_t seed) {
  Numbered other = data;
  other.test = with_shuffled_sources(data.test, seed + 1);
  const Evaluation own = score(model, data), wrong = score(model, other);
  fmt::print("{:<10}{:>10.2f}{:>14.2f}{:>16.2f}{:>18.2f}   ", name, own.loss, wrong.loss, own.token_accuracy,
             own.exact);
  if (wrong.loss < own.loss + 0.1)
    fmt::print("a language model: it ignores the source\n");
  else
    fmt::print("a translator: it needs the right source\n");
}
// [tell end]

std::string written(const RecurrentTranslator& model, const Numbered& data, std::size_t number) {
  const Batch batch = make_batch(data.test, std::vector<std::size_t>{number});
  return fmt::format("{}", fmt::join(words_of(greedy_search(model, batch.sources).front(), data.target), " "));
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Data data = make_data(seed);
  Numbered shuffled = data.numbered;
  shuffled.train = with_shuffled_sources(shuffled.train, seed);
  const RecurrentTranslator healthy = train(data.numbered, seed), broken = train(shuffled, seed);
  fmt::print("{:<10}{:>10}{:>14}{:>16}{:>18}\n", "sources", "loss", "wrong source", "right words", "whole sentences");
  tell("right", healthy, data.numbered, seed);
  tell("shuffled", broken, data.numbered, seed);
  for (std::size_t i = 0; i < 3; ++i)
    fmt::print("\n{}\n  right     {}\n  shuffled  {}\n", fmt::join(data.test[i].source, " "),
               written(healthy, data.numbered, i), written(broken, data.numbered, i));
}
