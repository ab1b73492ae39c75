// Chapter 11: the same model, which sees fewer letters at once. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/common/arguments.h"
#include "examples/letters/book.h"
#include "examples/letters/training.h"

using namespace glance;
using namespace glance::gpt;

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Book book = read_book({});
  Workers workers(2);
  for (const Index context : {1, 8, 64}) {
    Generator generator(seed);
    const Model model({.symbols = book.alphabet.size(), .layers = 2, .heads = 4, .width = 64, .context = context},
                      generator);
    // As many letters in a step, however they are cut.
    Trainer trainer(model, book.train, {.steps = 400, .batch = 512 / context, .learning_rate = 6e-3, .seed = seed},
                    workers);
    while (trainer.progress.steps < trainer.options.steps) trainer.step();
    fmt::print("it sees {:>2}: loss {:.2f}\n", context, loss_on(model, book.held_out, workers, 6400 / context));
    std::fflush(stdout);
  }
}
