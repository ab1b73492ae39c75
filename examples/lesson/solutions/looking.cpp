// Chapter 6: scores divided by 8, the root of the state's 64 numbers. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

Attended scaled(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  return attend(query / 8.0, keys, values, visible);
}

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  Data data = make_data(seed);
  data.numbered.test.resize(200);
  for (const bool divided : {false, true}) {
    Generator generator(seed);
    Workers workers(2);
    Translator model({data.numbered.source.size(), data.numbered.target.size(), 64, 64}, generator);
    if (divided) model.attention = scaled;
    const TrainingOptions options{.epochs = 2, .batch = 32, .learning_rate = 7e-3, .seed = seed};
    Trainer trainer(model, data.numbered.train, options, workers);
    fmt::print("{:<17} entropy", divided ? "divided by 8" : "as they are");
    for (const int step : {40, 100, 150, 450}) {
      while (trainer.progress.steps < step) trainer.step();
      fmt::print("  {:.2f} at {}", score(model, data.numbered).entropy, step);
    }
    fmt::print(", {:.2f} right\n", score(model, data.numbered).exact);
  }
}
