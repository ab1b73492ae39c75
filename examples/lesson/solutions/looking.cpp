// Chapter 6: scores divided by 8, the root of the state's 64 numbers. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

Attended scaled(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  return attend(query / 8.0, keys, values, {.visible = visible});
}

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  Data data = make_data(seed);
  data.numbered.test.resize(200);
  for (const bool divided : {false, true}) {
    Workers workers(2);
    const RecurrentTranslator model = new_translator(data.numbered, seed, divided ? Scorer(scaled) : Scorer());
    Trainer trainer(model, data.numbered.train, training_options(seed), workers);
    fmt::print("{:<17} entropy", divided ? "divided by 8" : "as they are");
    for (const int step : {40, 100, 150, 450}) {
      while (trainer.progress.steps < step) trainer.step();
      fmt::print("  {:.2f} at {}", score(model, data.numbered).entropy, step);
    }
    fmt::print(", {:.2f} right\n", score(model, data.numbered).exact);
  }
}
