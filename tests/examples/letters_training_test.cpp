// Steps and scores of a training on letters, and what its bits depend on.
#include "examples/letters/training.h"

#include <cmath>

#include "glance/nn/module.h"
#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/examples/tiny_letters.h"

using namespace glance;
using namespace glance::gpt;

namespace {

// A cycle of five letters: whoever has learnt it is never surprised.
Numbers cycle(std::size_t length) {
  Numbers text;
  for (std::size_t i = 0; i < length; ++i) text.push_back(static_cast<std::int32_t>(i % 5));
  return text;
}

const TrainingOptions quick{.steps = 60, .batch = 6, .learning_rate = 2e-2, .warmup = 5, .shards = 3};

std::map<std::string, Tensor> trained(const TrainingOptions& options, int threads, double dropout = 0) {
  Generator generator(1);
  ModelOptions model_options = tiny_options();
  model_options.dropout = dropout;
  const Model model(model_options, generator);
  const Numbers text = cycle(200);
  Workers workers(threads);
  Trainer trainer(model, text, options, workers);
  while (trainer.progress.steps < options.steps) trainer.step();
  return state_dict(model);
}

bool same(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.template to_vector<float>() == y.second.template to_vector<float>();
  });
}

}  // namespace

TEST_CASE("a model learns a cycle of letters") {
  Generator generator(1);
  const Model model(tiny_options(), generator);
  const Numbers text = cycle(200);
  Workers workers(1);
  CHECK(loss_on(model, text, workers) == Approx(std::log(5.0)).epsilon(0.1));  // it knows nothing yet
  Trainer trainer(model, text, quick, workers);
  for (int i = 0; i < 60; ++i) trainer.step();
  CHECK(loss_on(model, text, workers) < 0.1);
  CHECK(trainer.validation_due());
  CHECK(trainer.mean_loss() < 0.2);
}

TEST_CASE("bits depend on seed and shards, never on threads") {
  TrainingOptions options = quick;
  options.steps = 8;
  const auto one = trained(options, 1, 0.2);
  CHECK(same(one, trained(options, 3, 0.2)));
  options.shards = 2;
  CHECK_FALSE(same(one, trained(options, 1, 0.2)));
  options.shards = 3;
  options.seed = 2;
  CHECK_FALSE(same(one, trained(options, 1, 0.2)));
}

TEST_CASE("without dropout the shards change nothing but the order of sums") {
  TrainingOptions options = quick;
  options.steps = 3;
  const auto three = trained(options, 1);
  options.shards = 1;
  for (const auto& [name, tensor] : trained(options, 1)) {
    const auto a = tensor.to_vector<float>(), b = three.at(name).to_vector<float>();
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).margin(2e-3));
  }
}

TEST_CASE("weight decay shrinks matrices and leaves biases and norms alone") {
  Generator generator(1);
  const Model model = copy(Model(tiny_options(), generator));
  const auto before = state_dict(copy(model));
  Adam adam = optimiser_of(model, {.weight_decay = 0.5});
  std::vector<Variable> none;
  for (const Variable& parameter : parameters(model)) none.push_back(zeros(parameter.shape()));
  adam.rule.learning_rate = 0.1;
  adam.step(none);
  for (const auto& [name, tensor] : state_dict(model)) {
    const auto now = tensor.to_vector<float>(), then = before.at(name).to_vector<float>();
    const float factor = tensor.rank() >= 2 ? 0.95f : 1.0f;
    for (std::size_t i = 0; i < now.size(); ++i) CHECK(now[i] == Approx(factor * then[i]));
  }
}

TEST_CASE("a text is scored in windows side by side, whoever does it") {
  const Model model = tiny_model();
  const Numbers text = cycle(20);  // three windows of six, each with the letter after it, and a letter too many
  double sum = 0;
  for (std::size_t from : {0u, 6u, 12u}) {
    const auto logits = logits_of(model, {text.begin() + static_cast<std::ptrdiff_t>(from),
                                          text.begin() + static_cast<std::ptrdiff_t>(from + 6)});
    for (std::size_t t = 0; t < 6; ++t) {
      double all = 0;
      for (std::size_t s = 0; s < 5; ++s) all += std::exp(static_cast<double>(logits[5 * t + s]));
      sum += std::log(all) - static_cast<double>(logits[5 * t + static_cast<std::size_t>(text[from + t + 1])]);
    }
  }
  Workers one(1), two(2);
  CHECK(loss_on(model, text, one) == Approx(sum / 18));
  CHECK(loss_on(model, text, one) == loss_on(model, text, two));
  const Numbers many = cycle(6 * 100 + 1);
  CHECK(loss_on(model, many, one) == loss_on(model, many, two));
  CHECK(loss_on(model, many, one, 25) == Approx(loss_on(model, many, two)).epsilon(0.05));
  CHECK_NOTHROW(loss_on(model, cycle(2), one));
  CHECK_THROWS_AS(loss_on(model, cycle(1), one), Error);
  CHECK(to_bits(std::log(2.0)) == Approx(1));
}

TEST_CASE("a validation is due at its intervals and at the end") {
  Generator generator(1);
  const Model model(tiny_options(), generator);
  const Numbers text = cycle(20);
  Workers workers(1);
  TrainingOptions options = quick;
  options.steps = 7;
  options.validate_every = 3;
  Trainer trainer(model, text, options, workers);
  std::vector<Index> due;
  while (trainer.progress.steps < 7) {
    trainer.step();
    if (trainer.validation_due()) due.push_back(trainer.progress.steps);
  }
  CHECK(due == std::vector<Index>{3, 6, 7});
  CHECK(Trainer(model, text, {.steps = 2000}, workers).validation_interval() == 400);
  CHECK(Trainer(model, text, {.steps = 1}, workers).validation_interval() == 1);
  CHECK_THROWS_AS(Trainer(model, cycle(6), options, workers), Error);
  CHECK_NOTHROW(Trainer(model, cycle(7), options, workers).step());
}

TEST_CASE("a loss that is not finite stops the training before anything is changed") {
  Generator generator(1);
  const Model model(tiny_options(), generator);
  model.letters.weight.value().write<float>()[0] = std::nanf("");
  const Numbers text = cycle(20);
  Workers workers(1);
  Trainer trainer(model, text, quick, workers);
  CHECK_THROWS_WITH(trainer.step(), Contains("lower the learning rate"));
  CHECK(trainer.progress.steps == 0);
}
