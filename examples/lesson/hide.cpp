// Hides words from attention and watches the probabilities. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [sentence]
// The probability of each French word with nothing hidden, and with each English word hidden in turn.
void show(const RecurrentTranslator& model, const Numbered& data, const Pair& words) {
  const Example example = encode({words}, data.source, data.target).front();
  const Evidence all = look(model, example);
  const std::vector<Evidence> without = hide_each(model, example);

  fmt::print("{:>8}{:>9}", "", "nothing");
  for (const auto& word : words.source) fmt::print("{:>9}", word);
  fmt::print("   hidden\n");
  for (std::size_t t = 0; t < words.target.size(); ++t) {
    fmt::print("{:>8}{:>9.2f}", words.target[t], all.probabilities[t]);
    for (const Evidence& evidence : without) fmt::print("{:>9.2f}", evidence.probabilities[t]);
    fmt::print("\n");
  }
}
// [sentence end]

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Data data = make_data(seed);
  const RecurrentTranslator model = train(data.numbered, seed);

  show(model, data.numbered, {{"the", "cat", "ate", "the", "apple"}, {"le", "chat", "a", "mangé", "la", "pomme"}});

  const Articles articles = hide_words(model, data);
  fmt::print("\nThe right article, on all held-out sentences\n");
  fmt::print("nothing hidden         {:.2f}\n", articles.seen);
  fmt::print("another noun hidden    {:.2f}\n", articles.other_noun_hidden);
  fmt::print("its article hidden     {:.2f}\n", articles.article_hidden);
  fmt::print("its noun hidden        {:.2f}\n", articles.noun_hidden);
}
