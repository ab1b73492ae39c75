// What can be read off a model that fills gaps, and what the model needs: a probe of its states, and its heads switched
// off one by one. On the command line: the seed, and a word to probe at the noun in the place of its article.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "examples/common/arguments.h"
#include "examples/gaps/probe.h"
#include "examples/gaps/session.h"
#include "examples/seq2seq/lexicon.h"
#include "glance/glance.h"

namespace {

using namespace glance;
using namespace glance::gaps;
using seq2seq::Role;
using seq2seq::Sentence;

// What the model's last layer holds at some places, and two things that may be read off it, 0 or 1: the gender of the
// noun, and a coin that was thrown for the noun.
struct States {
  Tensor hidden;        // [places, width]
  Tensor gender, coin;  // i64 [places]
};

// The same each time that the noun comes.
std::int64_t coin_of(const std::string& noun) {
  std::uint64_t sum = 14695981039346656037U;
  for (const char letter : noun) sum = (sum ^ static_cast<unsigned char>(letter)) * 1099511628211U;
  return static_cast<std::int64_t>(Generator(sum).below(2));
}

bool feminine(const std::string& article) {
  const auto& all = seq2seq::lexicon::articles;
  return std::any_of(std::begin(all), std::end(all), [&](const auto& each) { return article == each.feminine; });
}

// Where the French word stands that says this English noun.
std::size_t place_of(const Sentence& sentence, std::size_t noun) {
  std::size_t place = 0;
  while (sentence.target[place].role != Role::noun || sentence.target[place].says.front() != noun) ++place;
  return place;
}

// At each article, hidden from the model; or at its noun, which is not.
States states_of(const Model& model, const seq2seq::Vocabulary& words, const std::vector<Sentence>& sentences,
                 bool at_the_noun) {
  const NoGrad no_grad;
  std::vector<Tensor> hidden;
  std::vector<std::int64_t> gender, coin;
  for (const Sentence& sentence : sentences)
    for (std::size_t article = 0; article < sentence.target.size(); ++article) {
      if (sentence.target[article].role != Role::article) continue;
      const std::size_t noun = *sentence.target[article].agrees_with;  // in English
      // [states]
      Numbers numbers = words.indices(seq2seq::pair(sentence).target);
      numbers[article] = model.mask();
      const std::size_t place = at_the_noun ? place_of(sentence, noun) : article;
      const Tensor read = model.read(pad_sequences(std::span(&numbers, 1)).symbols).hidden.value();
      hidden.push_back(select(select(read, 0, 0), 0, static_cast<Index>(place)));
      gender.push_back(feminine(sentence.target[article].text));
      coin.push_back(coin_of(sentence.source[noun]));
      // [states end]
    }
  const Shape count = {static_cast<Index>(hidden.size())};
  return {stack(hidden), from_values(std::span<const std::int64_t>(gender), count),
          from_values(std::span<const std::int64_t>(coin), count)};
}

// [probe]
// A linear layer learns to tell the label from the state, on some sentences; how often it is right on others.
double probed(const Tensor& hidden, const Tensor& label, const Tensor& new_hidden, const Tensor& new_label) {
  Generator generator(1);
  const Linear probe(hidden.shape()[1], 2, generator);
  Adam adam(probe, {.learning_rate = 0.05});
  for (int step = 0; step < 1000; ++step)
    adam.step(grad(softmax_cross_entropy(probe(hidden), label), parameters(probe)));
  return mean(to(equal(argmax(probe(new_hidden).value(), -1), new_label), f32)).item();
}
// [probe end]

void show_probes(const char* name, const Model& model, const Data& data, bool at_the_noun) {
  const std::vector<Sentence> some(data.grammar.begin(), data.grammar.begin() + 500),
      others(data.grammar.begin() + 500, data.grammar.end());
  const States seen = states_of(model, data.words, some, at_the_noun),
               unseen = states_of(model, data.words, others, at_the_noun);
  fmt::print("{:<22}{:>14.2f}{:>24.2f}\n", name, probed(seen.hidden, seen.gender, unseen.hidden, unseen.gender),
             probed(seen.hidden, seen.coin, unseen.hidden, unseen.coin));
  std::fflush(stdout);
}

// [without]
// The same model, one head of which adds nothing: what the others gave is projected by these columns alone.
Model without(const Model& model, Index layer, Index head) {
  Model result = copy(model);
  const Tensor weight = result.encoder.layers[static_cast<std::size_t>(layer)].self_attn.out_proj.weight.value();
  const Index features = model.options.width / model.options.heads;
  assign(slice(weight, 1, head * features, (head + 1) * features), zeros({model.options.width, features}));
  return result;
}
// [without end]

// Each head, how much it looks at the nouns, and how the model does without it.
void show_heads(const Model& model, const Data& data) {
  const auto right = [&](const Model& some) {
    return gaps::probe(some, data.words, data.grammar).counted.front().share();
  };
  fmt::print("\n{:<22}{:>14}{:>24}\n", "head", "on the noun", "gender right without");
  for (const HeadOnNoun& head : gaps::probe(model, data.words, data.grammar).heads)
    fmt::print("layer {}, head {}       {:>14.2f}{:>24.2f}\n", head.layer + 1, head.head + 1, head.weight,
               right(without(model, head.layer, head.head)));
  fmt::print("{:<22}{:>14}{:>24.2f}\n", "none left out", "", right(model));
}

}  // namespace

int main(int argc, char** argv) {
  constexpr const char* arguments = "[SEED [noun]]";
  const std::uint64_t seed = seed_argument(argc, argv, arguments);
  const bool at_the_noun = word_argument(argc, argv, 2, "noun", arguments);
  Workers workers(2);
  Session session = start({}, {.seed = seed}, {.seed = seed}, workers);
  const Model& model = *session.model;
  const Model untrained = copy(model);
  while (!session.trainer->is_over()) session.trainer->step();

  fmt::print("{:<22}{:>14}{:>24}\n", "a probe reads", "the gender", "a coin for each noun");
  show_probes("from the trained model", model, *session.data, at_the_noun);
  show_probes("from an untrained one", untrained, *session.data, at_the_noun);
  if (!at_the_noun) show_heads(model, *session.data);
}
