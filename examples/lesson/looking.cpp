// The translator learns to look: what it weights, and what it gets right, from the first step on. The number on the
// command line is the seed; --seeds N looks at the entropy alone, with the seeds 1 to N.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [row]
void show(Index step, const RecurrentTranslator& model, const Data& data) {
  const Evaluation e = score(model, data.numbered);
  const double article = score_looking(model, data.test, data.numbered.test).article_and_noun;
  fmt::print("{:>4}{:>10.2f}{:>9.3f}{:>9.2f}{:>17.2f}{:>13.2f}{:>17.2f}\n", step, e.loss, e.entropy, article,
             e.token_accuracy, e.free_accuracy, e.exact);
  std::fflush(stdout);
}
// [row end]

void show_training(std::uint64_t seed) {
  const Data data = few_held_out(make_data(seed));
  // [train]
  Workers workers(2);
  const RecurrentTranslator model = new_translator(data.numbered, seed);
  Trainer trainer(model, data.numbered.train, training_options(seed), workers);

  fmt::print("step      loss  entropy  article  fed right words  fed its own  whole sentences\n");
  const auto shown = {0, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 450};
  for (const int step : shown) {  // dense early, where most happens
    while (trainer.progress.steps < step) trainer.step();
    show(step, model, data);
  }
  // [train end]
}

// The entropy of the weights at the steps 0, 100 and 450.
struct Fall {
  double start = 1, middle = 0, end = 0;

  bool as_claimed() const { return start >= 0.98 && start > middle && middle > end && end <= 0.35; }
};

Fall measure(std::uint64_t seed) {
  const Data data = few_held_out(make_data(seed));
  Workers workers(2);
  const RecurrentTranslator model = new_translator(data.numbered, seed);
  Trainer trainer(model, data.numbered.train, training_options(seed), workers);
  const auto entropy_at = [&](Index step) {
    while (trainer.progress.steps < step) trainer.step();
    return score(model, data.numbered).entropy;
  };
  Fall fall;
  fall.start = entropy_at(0), fall.middle = entropy_at(100), fall.end = entropy_at(450);
  return fall;
}

void print_row(std::string_view name, const Fall& fall) {
  fmt::print("{:<7}{:>8.3f}{:>10.3f}{:>10.3f}\n", name, fall.start, fall.middle, fall.end);
  std::fflush(stdout);
}

void show_seeds(std::uint64_t seeds) {
  fmt::print("entropy  step 0  step 100  step 450\n");
  Fall worst;
  bool all = true;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Fall fall = measure(seed);
    print_row(fmt::format("seed {}", seed), fall);
    worst.start = std::min(worst.start, fall.start);
    worst.middle = std::max(worst.middle, fall.middle);
    worst.end = std::max(worst.end, fall.end);
    all = all && fall.as_claimed();
  }
  print_row("worst", worst);
  if (all)
    fmt::print("As claimed: with each seed it starts at 0.98 or more, falls, and ends at 0.35 or less.\n");
  else
    fmt::print("Not as claimed: with each seed it should start at 0.98 or more, fall, and end at 0.35 or less.\n");
}

}  // namespace

int main(int argc, char** argv) { run_with_seeds(argc, argv, show_training, show_seeds); }
