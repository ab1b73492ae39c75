// Lengths that training never showed, by kind of position.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "examples/experiments/experiment.h"
#include "examples/experiments/symbol_model.h"
#include "examples/experiments/training.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/join.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"

namespace glance::experiments {

namespace {

constexpr Index digits = 10;
constexpr Index mark = digits;  // between the digits and their copy
constexpr Index longest_trained = 10;
constexpr Index lengths[] = {5, 10, 11, 12, 15, 20};

// `length` digits, the mark, and the digits again.
Tensor draw(Index batch, Index length, Generator& generator) {
  const Tensor read = randint(digits, {batch, length}, generator);
  return concat({read, full({batch, 1}, mark, i64), read}, 1);
}

Row learn(PositionKind kind, const Settings& settings) {
  constexpr Index batch = 64, examined = 200;
  const std::string name = std::string(position_names[static_cast<std::size_t>(kind)]) + " positions";
  Generator generator(settings.seed);
  const SymbolModel model(
      {.symbols = digits + 1, .longest = 2 * lengths[std::size(lengths) - 1] + 1, .positions = kind}, generator);
  train(name, named_parameters(model), {.steps = 700}, settings, [&](Index) {
    const Index length = 1 + static_cast<Index>(generator.below(longest_trained));
    const Tensor sequences = draw(batch, length, generator);
    const Variable scores = model(slice(sequences, 1, 0, 2 * length));
    return softmax_cross_entropy(slice(scores, 1, length, 2 * length), slice(sequences, 1, length + 1, 2 * length + 1));
  });
  Row row{name, {}};
  for (const Index length : lengths) {
    const Tensor unseen = draw(examined, length, generator);
    row.values.push_back(
        exactly_right(model, slice(unseen, 1, 0, length + 1), slice(unseen, 1, length + 1, 2 * length + 1)));
  }
  return row;
}

Finding lengthening(const Settings& settings) {
  Finding finding;
  for (std::size_t kind = 0; kind < position_names.size(); ++kind)
    finding.rows.push_back(learn(static_cast<PositionKind>(kind), settings));
  return finding;
}

}  // namespace

std::vector<Experiment> length_experiments() {
  std::vector<std::string> columns;
  for (const Index length : lengths) columns.push_back(fmt::format("length {}", length));
  return {{"length", "Which positions carry beyond the lengths of training?",
           "As copy, with a mark between, of 1 to 10 digits in training; the table has the share of new\n"
           "sequences of a length that are right from first to last.",
           columns, lengthening}};
}

}  // namespace glance::experiments
