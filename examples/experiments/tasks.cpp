// What a small GPT learns in seconds: to copy, to turn around, to sort, to add.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "examples/experiments/experiment.h"
#include "examples/experiments/symbol_model.h"
#include "examples/experiments/training.h"
#include "examples/seq2seq/split_mix.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"

namespace glance::experiments {

namespace {

using Digits = std::vector<Index>;

// A prompt of digits, and the answer to it. Sequences to be examined on are drawn apart.
struct Task {
  Index prompt, answer;
  std::function<Digits(Generator& generator, bool examined)> draw;  // both, one after the other
};

Index digit(Generator& generator, Index bound = 10) {
  return static_cast<Index>(generator.below(static_cast<std::uint64_t>(bound)));
}

// `length` digits, and what `answer` makes of them. There are so many sequences that none is seen twice.
Task rearranging(Index length, void (*answer)(Digits&)) {
  return {length, length, [=](Generator& generator, bool) {
            Digits digits;
            for (Index i = 0; i < length; ++i) digits.push_back(digit(generator));
            Digits answered = digits;
            answer(answered);
            digits.insert(digits.end(), answered.begin(), answered.end());
            return digits;
          }};
}

// Two numbers of two digits and their sum of three. `examined(a, b)` says which pairs are kept for the examination.
Task addition(bool reversed, bool (*is_examined)(Index a, Index b)) {
  return {4, 3, [=](Generator& generator, bool examined) {
            Index a = 0, b = 0;
            do a = digit(generator, 100), b = digit(generator, 100);
            while (is_examined(a, b) != examined);
            const Index sum = a + b;
            Digits digits = {a / 10, a % 10, b / 10, b % 10, sum / 100, sum / 10 % 10, sum % 10};
            if (reversed) std::reverse(digits.end() - 3, digits.end());
            return digits;
          }};
}

// A tenth of the pairs, as if by lot.
bool by_lot(Index a, Index b) { return seq2seq::scramble(static_cast<std::uint64_t>(a * 100 + b)) % 10 == 0; }

// A tenth of the pairs, too, but all of one kind: no sum in training ends in 0.
bool by_sum(Index a, Index b) { return (a + b) % 10 == 0; }

Tensor draw_batch(const Task& task, Index size, bool examined, Generator& generator) {
  Digits all;
  for (Index i = 0; i < size; ++i) {
    const Digits one = task.draw(generator, examined);
    all.insert(all.end(), one.begin(), one.end());
  }
  return from_values(std::span<const std::int64_t>(all), {size, task.prompt + task.answer});
}

// Trains on the answers alone: nobody can foretell a random prompt. Gives the share of 500 sequences that are right
// from first to last, and the loss.
Row learn(const std::string& name, const Task& task, Index steps, const Settings& settings) {
  constexpr Index batch = 64, examinations = 500;
  const Index length = task.prompt + task.answer;
  Generator generator(settings.seed);
  const SymbolModel model({.symbols = 10, .longest = length}, generator);
  const double loss = train(name, named_parameters(model), {.steps = steps}, settings, [&](Index) {
    const Tensor sequences = draw_batch(task, batch, false, generator);
    const Variable scores = model(slice(sequences, 1, 0, length - 1));
    return softmax_cross_entropy(slice(scores, 1, task.prompt - 1, length - 1),
                                 slice(sequences, 1, task.prompt, length));
  });
  const Tensor unseen = draw_batch(task, examinations, true, generator);
  return {name, {exactly_right(model, slice(unseen, 1, 0, task.prompt), slice(unseen, 1, task.prompt, length)), loss}};
}

Finding copying(const Settings& settings) {
  return {{learn("copying", rearranging(10, [](Digits&) {}), 150, settings)}};
}

Finding reversing(const Settings& settings) {
  const auto reverse = [](Digits& digits) { std::reverse(digits.begin(), digits.end()); };
  return {{learn("reversing", rearranging(10, reverse), 150, settings)}};
}

Finding sorting(const Settings& settings) {
  const auto sort = [](Digits& digits) { std::sort(digits.begin(), digits.end()); };
  return {{learn("sorting", rearranging(8, sort), 600, settings)}};
}

Finding adding(const Settings& settings) {
  return {{learn("answer reversed", addition(true, by_lot), 900, settings),
           learn("answer as written", addition(false, by_lot), 900, settings),
           learn("sums ending in 0 held out", addition(true, by_sum), 900, settings)}};
}

}  // namespace

std::vector<Experiment> task_experiments() {
  const std::vector<std::string> columns = {"exactly right", "training loss"};
  return {
      {"copy", "Can a GPT write down again what it has read?",
       "Ten digits, then the same ten. 3 layers, 4 heads, 48 wide; loss on the answers alone; the\n"
       "table has the share of 500 new sequences that are right from first to last.",
       columns, copying},
      {"reversal", "Can it write it backwards?", "As copy, but the answer runs from the last digit to the first.",
       columns, reversing},
      {"sorting", "Can it sort?", "As copy, with eight digits, smallest first.", columns, sorting},
      {"addition", "Can it add, and does it matter which digit of the sum comes first?",
       "Two numbers of two digits, then their sum in three; examined on a tenth of the pairs, which\n"
       "training never sees. Reversed, the sum begins with the units, so that each digit needs what\n"
       "is there already: two digits and a carry. In the last training the tenth is badly chosen:\n"
       "all pairs whose sum ends in 0, so that training never shows a 0 there.",
       columns, adding},
  };
}

}  // namespace glance::experiments
