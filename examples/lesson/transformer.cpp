// A Transformer and an LSTM learn to translate the same sentences: how far each is after how many seconds, and where
// the Transformer's three attentions look. The number on the command line is the seed.
#include <fmt/format.h>

#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [model]
TransformerTranslator new_transformer(const Numbered& data, std::uint64_t seed) {
  Generator generator(seed);
  return TransformerTranslator({.source_words = data.source.size(),
                                .target_words = data.target.size(),
                                .embedding = 64,
                                .layers = 2,
                                .model = ModelKind::transformer,
                                .heads = 4,
                                .feed_forward = 128,
                                .positions = PositionKind::sinusoidal,
                                .norm_first = true},
                               generator);
}
// [model end]

// [race]
// Trains for three epochs, and says after each how many seconds the processors were busy with it.
void train_and_show(const char* name, const Translator& model, const Numbered& data, double rate, std::uint64_t seed) {
  Workers workers(2);
  Trainer trainer(model, data.train, {.epochs = 3, .batch = 32, .learning_rate = rate, .seed = seed}, workers);
  double seconds = 0;
  while (trainer.progress.steps < trainer.total_steps()) {
    const std::clock_t begin = std::clock();
    for (Index i = 0; i < trainer.batches_per_epoch(); ++i) trainer.step();
    seconds += static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    const Evaluation now = score(model, data);
    fmt::print("{:<12}{:>6}{:>10.1f}{:>8.2f}{:>18.2f}\n", name, trainer.progress.steps, seconds, now.loss, now.exact);
    std::fflush(stdout);
  }
}
// [race end]

// Weights in one sentence, [rows, columns], in percent.
void show(const std::string& name, const Tensor& weights, const std::vector<std::string>& rows,
          const std::vector<std::string>& columns) {
  fmt::print("\n{}\n{:>8}", name, "");
  for (const auto& word : columns) fmt::print("{:>7}", word);
  fmt::print("\n");
  for (std::size_t row = 0; row < rows.size(); ++row) {
    fmt::print("{:>8}", rows[row]);
    for (const float weight : select(weights, 0, static_cast<Index>(row)).to_vector<float>())
      fmt::print("{:>7.0f}", 100 * weight);
    fmt::print("\n");
  }
}

// A head of the encoder, and the mean weight that it gives to an English article's noun.
struct NounHead {
  std::size_t layer = 0;
  Index number = 0;
  double on_noun = 0;
};

// The one that looks at nouns most.
NounHead head_on_nouns(const TransformerTranslator& model, const Data& data) {
  const NoGrad no_grad;
  std::vector<Tensor> sums(2, zeros({4}));  // [heads] of each layer
  double articles = 0;
  for (std::size_t i = 0; i < data.test.size(); ++i) {
    const auto encoded = model.encode(make_batch(data.numbered.test, std::vector<std::size_t>{i}).sources);
    for (const TargetWord& word : data.test[i].target) {
      if (word.role != Role::article) continue;
      const auto article = static_cast<Index>(word.says.front()), noun = static_cast<Index>(*word.agrees_with);
      for (std::size_t layer = 0; layer < sums.size(); ++layer)
        sums[layer] = sums[layer] + select(select(select(encoded.weights[layer].value(), 0, 0), 1, article), 1, noun);
      ++articles;
    }
  }
  NounHead best;
  for (std::size_t layer = 0; layer < sums.size(); ++layer)
    for (Index head = 0; head < 4; ++head)
      if (const double on_noun = select(sums[layer], 0, head).item() / articles; on_noun > best.on_noun)
        best = {layer, head, on_noun};
  return best;
}

void show_attentions(const TransformerTranslator& model, const Numbered& data, const NounHead& head) {
  const Pair words = {{"the", "cat", "ate", "the", "apple"}, {"le", "chat", "a", "mangé", "la", "pomme"}};
  std::vector<std::string> fed = words.target, written = words.target;
  fed.insert(fed.begin(), "<s>");
  written.push_back("<end>");
  const auto examples = encode({words}, data.source, data.target);
  const Batch batch = make_batch(examples, std::vector<std::size_t>{0});
  // [attentions]
  const NoGrad no_grad;
  const auto encoded = model.encode(batch.sources);
  const auto decoded = model.decode(encoded, batch.fed);
  const auto of_sentence = [](const Variable& weights) { return select(weights.value(), 0, 0); };
  const Tensor encoder = of_sentence(encoded.weights[head.layer]);  // [heads, sources, sources]
  const Tensor decoder = of_sentence(decoded.weights.back());       // [heads, targets, targets]
  const Tensor cross = of_sentence(decoded.cross_weights.back());   // [heads, targets, sources]
  // [attentions end]
  show(fmt::format("encoder, block {}, head {}: English looks at English", head.layer + 1, head.number + 1),
       select(encoder, 0, head.number), words.source, words.source);
  show("decoder, mean over heads: French looks at the French before it", mean(decoder, {0}), fed, fed);
  show("cross, mean over heads: French looks at English", mean(cross, {0}), written, words.source);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  Data data = make_data(seed);
  fmt::print("{:<12}{:>6}{:>10}{:>8}{:>18}\n", "", "steps", "seconds", "loss", "whole sentences");
  const RecurrentTranslator lstm = new_translator(data.numbered, seed);
  train_and_show("LSTM", lstm, data.numbered, 7e-3, seed);
  const TransformerTranslator transformer = new_transformer(data.numbered, seed);
  train_and_show("Transformer", transformer, data.numbered, 3e-3, seed);

  data = few_held_out(std::move(data));
  const NounHead head = head_on_nouns(transformer, data);
  show_attentions(transformer, data.numbered, head);
  fmt::print("\nweight of an English article on its noun, in this head of the encoder: {:.2f}\n\n", head.on_noun);
  print_looking_heading();
  print_looking("LSTM", lstm, data);
  print_looking("Transformer", transformer, data);
}
