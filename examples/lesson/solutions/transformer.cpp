// Chapter 10: the Transformer without positions. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Numbered data = make_data(seed).numbered;
  Generator generator(seed);
  const TransformerTranslator model({.source_words = data.source.size(),
                                     .target_words = data.target.size(),
                                     .embedding = 64,
                                     .layers = 2,
                                     .model = ModelKind::transformer,
                                     .heads = 4,
                                     .feed_forward = 128,
                                     .positions = PositionKind::none},
                                    generator);
  Workers workers(2);
  Trainer trainer(model, data.train, {.epochs = 3, .batch = 32, .learning_rate = 3e-3, .seed = seed}, workers);
  while (trainer.progress.steps < trainer.total_steps()) trainer.step();
  const Evaluation reached = score(model, data);
  fmt::print("without positions: fed the right words {:.2f} of the words, whole sentences {:.2f}\n",
             reached.token_accuracy, reached.exact);
}
