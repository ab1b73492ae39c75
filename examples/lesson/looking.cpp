// The translator learns to look: what it weights, and what it gets right, from the first step on. The number on the
// command line is the seed.
#include <fmt/format.h>

#include <algorithm>

#include "examples/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [row]
void show(Index step, const Translator& model, const Data& data) {
  const Evaluation e = score(model, data.numbered);
  const double article = score_looking(model, data.test, data.numbered.test).article_and_noun;
  fmt::print("{:>4}{:>10.2f}{:>9.3f}{:>9.2f}{:>17.2f}{:>13.2f}{:>17.2f}\n", step, e.loss, e.entropy, article,
             e.token_accuracy, e.free_accuracy, e.exact);
  std::fflush(stdout);
}
// [row end]

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  Data data = make_data(seed);
  data.test.resize(200);  // enough to look at so often
  data.numbered.test.resize(200);

  // [train]
  Workers workers(2);
  const Translator model = new_translator(data.numbered, seed);
  Trainer trainer(model, data.numbered.train, training_options(seed), workers);

  fmt::print("step      loss  entropy  article  fed right words  fed its own  whole sentences\n");
  const auto shown = {0, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 450};
  for (const int step : shown) {  // dense early, where most happens
    while (trainer.progress.steps < step) trainer.step();
    show(step, model, data);
  }
  // [train end]
}
