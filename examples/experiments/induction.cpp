// Induction: to say what followed a symbol the last time, which takes two layers of attention, one that looks at the
// place before and one that looks for it (Elhage et al., 2021; Olsson et al., 2022).
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "examples/common/columns.h"
#include "examples/experiments/experiment.h"
#include "examples/experiments/training.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/views.h"
#include "glance/nn/embedding.h"
#include "glance/nn/layer_norm.h"
#include "glance/nn/linear.h"
#include "glance/nn/multi_head.h"
#include "glance/nn/positions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace glance::experiments {

namespace {

constexpr Index symbols = 16;  // there are
constexpr Index shown = 10;    // of them in a sequence, each once
constexpr Index asked = 9;     // for
constexpr Index length = shown + 2 * asked;
constexpr Index width = 32;
constexpr double deviation = 0.1;  // of the first vectors, of symbols and positions alike

// Sequences of the `shown` symbols in random order, then pairs: one of them, and what followed it.
struct Sequences {
  Tensor read;       // i64 [batch, length]
  Tensor questions;  // i64 [batch, asked]: where in its sequence each question stands
  Tensor answers;    // i64 [batch, asked]
  Tensor found;      // i64 [batch, asked]: where the answer stands among what was shown
};

Sequences draw(Index batch, Generator& generator) {
  std::vector<std::int64_t> read, questions, answers, found;
  for (Index i = 0; i < batch; ++i) {
    const auto order = permutation(symbols, generator).to_vector<std::int64_t>();
    const auto places = permutation(shown - 1, generator).to_vector<std::int64_t>();
    read.insert(read.end(), order.begin(), order.begin() + shown);
    for (Index k = 0; k < asked; ++k) {
      const auto place = static_cast<std::size_t>(places[static_cast<std::size_t>(k)]);
      read.push_back(order[place]);
      read.push_back(order[place + 1]);
      questions.push_back(shown + 2 * k);
      answers.push_back(order[place + 1]);
      found.push_back(places[static_cast<std::size_t>(k)] + 1);
    }
  }
  const auto whole = [](const std::vector<std::int64_t>& values, const Shape& shape) {
    return from_values(std::span<const std::int64_t>(values), shape);
  };
  return {whole(read, {batch, length}), whole(questions, {batch, asked}), whole(answers, {batch, asked}),
          whole(found, {batch, asked})};
}

// A Transformer without its networks: layers of one head each, which add what they see. What scores the answers is a
// layer of its own: scored by the symbols' vectors, which begin small, answers take many times as many steps.
struct AttentionOnly {
  Embedding symbol;
  Positions positions;
  std::vector<LayerNorm> norms;
  std::vector<MultiHeadAttention> layers;
  LayerNorm last;
  Linear output;

  AttentionOnly(int count, Generator& generator)
      : symbol(symbols, width, generator, {.deviation = deviation}),
        positions(PositionKind::learned, length, width, generator, {.deviation = deviation}),
        last(width),
        output(width, symbols, generator) {
    for (int i = 0; i < count; ++i) {
      norms.emplace_back(width);
      layers.emplace_back(width, 1, generator);
    }
  }

  // The scores of the answers, [batch, asked, symbols], and each layer's weights, [batch, length, length].
  struct Output {
    Variable scores;
    std::vector<Tensor> weights;
  };
  Output operator()(const Sequences& sequences) const {
    Variable x = positions(symbol(sequences.read));
    std::vector<Tensor> weights;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      // [layers]
      const Variable y = norms[i](x);
      const Attended attended = layers[i].attend(y, y, y, {.causal = true});
      x = x + attended.context;
      // [layers end]
      weights.push_back(select(attended.weights.value(), 1, 0));
    }
    return {output(last(slice(x, 1, shown, length, 2))), std::move(weights)};
  }

  static void visit(auto& self, auto&& f) {
    f("symbol", self.symbol);
    f("positions", self.positions);
    f("norms", self.norms);
    f("layers", self.layers);
    f("last", self.last);
    f("output", self.output);
  }
};

// What a model does with sequences that it has not seen.
struct Measured {
  double right = 0;        // share of the answers
  double before = 0;       // the first layer's weight on the place before, of what was shown
  double on_followed = 0;  // the last layer's weight on what followed, of what was asked
};

Measured measure(const AttentionOnly& model, const Sequences& sequences) {
  const NoGrad no_grad;
  const auto [scores, weights] = model(sequences);
  Measured measured;
  measured.right = mean(to(equal(argmax(scores.value(), -1), sequences.answers), f32)).item();
  for (Index place = 1; place < shown; ++place)
    measured.before += mean(select(select(weights.front(), 1, place), 1, place - 1)).item() / (shown - 1);
  const Tensor of_questions = slice(weights.back(), 1, shown, length, 2);  // [batch, asked, length]
  measured.on_followed = mean(gather(of_questions, 2, unsqueeze(sequences.found, 2))).item();
  return measured;
}

// What was measured on the way.
struct Moment {
  Index step;
  Measured measured;
};

std::vector<Moment> learn(const std::string& name, int layers, const Settings& settings) {
  constexpr Index batch = 64, examined = 200, looks = 20;
  Generator generator(settings.seed), unseen_generator(settings.seed, 0, 1);
  const AttentionOnly model(layers, generator);
  const Plan plan{.steps = 400, .learning_rate = 1e-2, .warmup = 30};
  const Index steps = settings.steps.value_or(plan.steps);
  const Index interval = std::max<Index>(steps / looks, 1);
  const Sequences unseen = draw(examined, unseen_generator);
  std::vector<Moment> moments;
  train(
      name, named_parameters(model), plan, settings,
      [&](Index) {
        const Sequences sequences = draw(batch, generator);
        return softmax_cross_entropy(model(sequences).scores, sequences.answers);
      },
      [&](Index done) {
        if (done % interval == 0 || done == steps) moments.push_back({done, measure(model, unseen)});
      });
  return moments;
}

// A share as a bar of at most 20 signs.
std::string bar(double share) {
  const auto full = static_cast<std::size_t>(20 * share + 0.5);
  std::string text;
  for (std::size_t i = 0; i < full; ++i) text += "█";
  return text + spaces(20 - full);
}

// How one layer and two came along, side by side.
std::string picture_of(const std::vector<Moment>& one, const std::vector<Moment>& two) {
  std::string text =
      " step   right with one layer       right with two layers      the second's weight on what followed\n";
  for (std::size_t i = 0; i < two.size(); ++i)
    text += trimmed(fmt::format("{:5}   {:.2f} {}  {:.2f} {}  {:.2f} {}", two[i].step, one[i].measured.right,
                                bar(one[i].measured.right), two[i].measured.right, bar(two[i].measured.right),
                                two[i].measured.on_followed, bar(two[i].measured.on_followed))) +
            "\n";
  return text;
}

Row row_of(const std::string& name, const std::vector<Moment>& moments) {
  const Measured& last = moments.back().measured;
  return {name, {last.right, last.on_followed, last.before}};
}

Finding inducing(const Settings& settings) {
  const auto one = learn("one layer", 1, settings);
  const auto two = learn("two layers", 2, settings);
  return {{row_of("one layer", one), row_of("two layers", two)},
          fmt::format("Of seed {}:\n", settings.seed) + picture_of(one, two)};
}

}  // namespace

std::vector<Experiment> induction_experiments() {
  return {{"induction",
           "What can two layers of attention do that one cannot?",
           "Ten different symbols of sixteen, then nine times a question: one of the ten, and what followed\n"
           "it. Layers of attention alone, one head each, 32 wide, learned positions. To answer, a\n"
           "place must look for its own symbol among what the places *before* held: the first layer tells\n"
           "each place what stood before it, and only a second one can look for that.",
           {"right", "last layer on what followed", "first layer on the place before"},
           inducing}};
}

}  // namespace glance::experiments
