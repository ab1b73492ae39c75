// Sentences of twice the length that it was trained on. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [range]
std::vector<Sentence> of_length(std::vector<Sentence> list, std::size_t from, std::size_t to) {
  std::erase_if(list, [&](const Sentence& s) { return s.source.size() < from || s.source.size() > to; });
  return list;
}

// Whole sentences right, and articles that weight their English article or noun most.
void show(const RecurrentTranslator& model, const Numbered& known, const std::vector<Sentence>& list) {
  const auto examples = encode(pairs(list), known.source, known.target);
  Workers workers(2);
  const Evaluation right = evaluate(model, examples, known.target, workers);
  fmt::print("{:>16.2f}{:>10.2f}", right.exact, score_looking(model, list, examples).article_top);
}
// [range end]

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Data to_8 = make_data(seed, 8), to_16 = make_data(seed, 16);  // as many sentences, up to 8 or up to 16 words
  const RecurrentTranslator short_one = train(to_8.numbered, seed), long_one = train(to_16.numbered, seed);

  fmt::print("{:<14}{:>26}{:>26}\n", "", "trained up to 8 words", "trained up to 16 words");
  fmt::print("{:<14}{:>16}{:>10}{:>16}{:>10}\n", "English words", "right", "looks", "right", "looks");
  const std::size_t bounds[][2] = {{3, 8}, {9, 10}, {11, 12}, {13, 14}, {15, 16}};
  for (const auto& [from, to] : bounds) {
    fmt::print("{:<14}", fmt::format("{}-{}", from, to));
    show(short_one, to_8.numbered, of_length(from < 9 ? to_8.test : to_16.test, from, to));
    show(long_one, to_16.numbered, of_length(to_16.test, from, to));
    fmt::print("\n");
  }
}
