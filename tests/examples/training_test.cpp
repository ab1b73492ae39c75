// Training repeats bit for bit, also when it is broken off and resumed, on any number of threads.
#include "examples/seq2seq/training.h"

#include <cmath>
#include <limits>

#include "examples/seq2seq/checkpoint.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/loss.h"
#include "glance/nn/module.h"
#include "tests/catch.h"
#include "tests/examples/tiny_translator.h"
#include "tests/temporary_folder.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

// The target says the source twice over, in other words.
std::vector<Example> some_examples() {
  std::vector<Example> examples;
  for (Index a = 4; a < 7; ++a)
    for (Index b = 4; b < 7; ++b) examples.push_back({{a, b}, {4 + a % 2, 4 + b % 2, 2}});
  return examples;
}

bool same_weights(const Translator& a, const Translator& b) {
  const auto first = state_dict(a), second = state_dict(b);
  for (const auto& [name, value] : first)
    if (value.to_vector<float>() != second.at(name).to_vector<float>()) return false;
  return true;
}

constexpr TrainingOptions options{.epochs = 6, .batch = 4, .learning_rate = 0.02, .shards = 2};

}  // namespace

TEST_CASE("training lowers the loss") {
  const auto examples = some_examples();
  const RecurrentTranslator model = tiny_translator({}, 1, 1);
  Workers workers(1);
  TrainingOptions longer = options;
  longer.epochs = 60;
  Trainer trainer(model, examples, longer, workers);
  CHECK(trainer.batches_per_epoch() == 3);
  CHECK(trainer.total_steps() == 180);
  std::vector<double> losses;
  while (trainer.progress.epochs < longer.epochs) {
    trainer.step();
    if (trainer.progress.batches == 0) losses.push_back(trainer.mean_loss());
  }
  CHECK(trainer.progress.steps == 180);
  CHECK(losses.front() > 1);
  CHECK(losses.back() < 0.1);
}

TEST_CASE("the rate rises, then falls in a straight line") {
  const auto examples = some_examples();
  const RecurrentTranslator model = tiny_translator();
  Workers workers(1);
  const Trainer trainer(model, examples,
                        {.epochs = 100, .batch = 4, .learning_rate = 0.1, .warmup = 0.1, .final_rate = 0.2}, workers);
  REQUIRE(trainer.total_steps() == 300);
  CHECK(trainer.rate(0) == Approx(0.1 / 30));
  CHECK(trainer.rate(14) == Approx(0.05));
  CHECK(trainer.rate(29) == Approx(0.1));
  CHECK(trainer.rate(164) == Approx(0.06));  // half-way down to 0.02
  CHECK(trainer.rate(299) == Approx(0.02));
}

TEST_CASE("the rate follows the schedule that was asked for") {
  const auto examples = some_examples();
  const RecurrentTranslator model = tiny_translator();
  Workers workers(1);
  const auto rates = [&](Decay schedule, Index warmup) {
    const Trainer trainer(model, examples,
                          {.epochs = 2,
                           .batch = 4,
                           .learning_rate = 0.1,
                           .schedule = schedule,
                           .warmup_steps = warmup,
                           .final_rate = 0.5},
                          workers);
    std::vector<double> result;
    for (Index step = 0; step < trainer.total_steps(); ++step) result.push_back(trainer.rate(step));
    return result;
  };
  const auto check = [](const std::vector<double>& found, const std::vector<double>& expected) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]));
  };
  check(rates(Decay::constant, 2), {0.05, 0.1, 0.1, 0.1, 0.1, 0.1});
  check(rates(Decay::linear, 2), {0.05, 0.1, 0.0875, 0.075, 0.0625, 0.05});
  check(rates(Decay::inverse_square_root, 4), {0.025, 0.05, 0.075, 0.1, 0.1 * std::sqrt(0.8), 0.1 * std::sqrt(4 / 6.)});
  CHECK(rates(Decay::cosine, 0).back() == Approx(0.05));
}

TEST_CASE("validation is due after each epoch, or after so many steps and at the end") {
  const auto examples = some_examples();
  Workers workers(1);
  const auto due = [&](Index every) {
    const RecurrentTranslator model = tiny_translator();
    Trainer trainer(model, examples, {.epochs = 3, .batch = 4, .validate_every = every}, workers);
    std::vector<Index> steps;
    CHECK_FALSE(trainer.validation_due());
    while (trainer.progress.steps < trainer.total_steps()) {
      trainer.step();
      if (!trainer.validation_due()) continue;
      steps.push_back(trainer.progress.steps);
      CHECK(trainer.gradient_norms().size() == 6);
      CHECK(trainer.mean_loss() > 0);
    }
    return steps;
  };
  CHECK(due(0) == std::vector<Index>{3, 6, 9});
  CHECK(due(4) == std::vector<Index>{4, 8, 9});
  CHECK(due(1).size() == 9);
  CHECK(due(100) == std::vector<Index>{9});
}

TEST_CASE("losses are summed from one validation to the next") {
  const auto examples = some_examples();
  Workers workers(1);
  const RecurrentTranslator a = tiny_translator(), b = tiny_translator();
  Trainer every_step(a, examples, {.epochs = 1, .batch = 3, .shards = 1, .validate_every = 1}, workers);
  Trainer at_the_end(b, examples, {.epochs = 1, .batch = 3, .shards = 1}, workers);
  double sum = 0;
  for (int step = 0; step < 3; ++step) {
    every_step.step();
    at_the_end.step();
    sum += every_step.mean_loss();
    CHECK(every_step.progress.answers == 9);
  }
  CHECK(at_the_end.mean_loss() == Approx(sum / 3));
}

TEST_CASE("a training that goes on from a checkpoint does so bit for bit, wherever it stopped") {
  const auto examples = some_examples();
  const TemporaryFolder folder;
  Workers workers(2);
  // A warm-up of two epochs and a bit, and validations inside epochs.
  TrainingOptions scheduled = options;
  scheduled.schedule = Decay::cosine;
  scheduled.warmup_steps = 7;
  scheduled.validate_every = 5;
  std::vector<ModelOptions> kinds = all_kinds();
  for (const ModelOptions& kind : all_transformers()) {
    kinds.push_back(kind);
    kinds.back().model = ModelKind::transformer;
  }
  for (const ModelOptions& kind : kinds) {
    ModelOptions dropping = kind;
    dropping.dropout = 0.2;
    const auto made = [&]() -> Translator {
      if (kind.model == ModelKind::transformer) return tiny_transformer(dropping, 1, 1);
      return tiny_translator(dropping);
    };
    const Translator whole = made();
    Trainer uninterrupted(whole, examples, scheduled, workers);
    for (Index step = 0; step < 18; ++step) uninterrupted.step();

    const Translator begun = made();
    Trainer before(begun, examples, scheduled, workers);
    const Vocabulary source({"<pad>", "<s>", "</s>", "<unk>", "a", "b", "c"});
    const Vocabulary target({"<pad>", "<s>", "</s>", "<unk>", "x", "y"});
    for (const Index stop : {0, 4, 6, 17}) {  // at the start, in an epoch, between two, before the last step
      while (before.progress.steps < stop) before.step();
      save_checkpoint(folder / "last", begun, source, target,
                      SavedTraining{scheduled, before.progress, before.adam.state.state_dict(), 0, "{}"});
      const Checkpoint loaded = load_checkpoint(folder / "last");
      Trainer after(*loaded.model, examples, loaded.training->options, workers);
      after.progress = loaded.training->progress;
      after.adam.state.load_state_dict(loaded.training->optimiser);
      while (after.progress.epochs < options.epochs) after.step();
      CHECK(same_weights(*loaded.model, whole));
      CHECK(after.mean_loss() == uninterrupted.mean_loss());
      CHECK(after.progress.gradient_norms == uninterrupted.progress.gradient_norms);
    }
  }
}

TEST_CASE("shards decide the result, threads do not") {
  const auto examples = some_examples();
  const auto trained = [&](int shards, int threads) {
    RecurrentTranslator model = tiny_translator({.dropout = 0.2});
    Workers workers(threads);
    TrainingOptions sharded = options;
    sharded.shards = shards;
    Trainer trainer(model, examples, sharded, workers);
    for (int step = 0; step < 6; ++step) trainer.step();
    return model;
  };
  CHECK(same_weights(trained(3, 1), trained(3, 3)));
  CHECK_FALSE(same_weights(trained(3, 1), trained(2, 1)));
  CHECK_NOTHROW(trained(100, 2));  // more shards than pairs
}

TEST_CASE("a loss that is not finite changes nothing") {
  const auto examples = some_examples();
  const RecurrentTranslator model = tiny_translator();
  Workers workers(1);
  Trainer trainer(model, examples, options, workers);
  trainer.step();
  const float before = model.combine.weight.value().read<float>()[0];
  model.output_bias.value().write<float>()[4] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(trainer.step(), Contains("the loss of step 2") && Contains("lower the learning rate"));
  CHECK(trainer.progress.steps == 1);
  CHECK(model.combine.weight.value().read<float>()[0] == before);
}

TEST_CASE("the norm of each layer's gradient is measured over the last steps of an epoch") {
  const auto examples = some_examples();
  Workers workers(1);
  const RecurrentTranslator model = tiny_translator(), twin = tiny_translator();
  Trainer trainer(model, examples, {.epochs = 2, .batch = 9, .learning_rate = 0.02, .shards = 1}, workers);
  CHECK(trainer.gradient_norms().empty());
  trainer.step();

  // One step per epoch, so its gradient is that of all examples.
  const std::vector<std::size_t> all = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  const Batch batch = make_batch(examples, all);
  const auto decoded = twin.decode(twin.encode(batch.sources), batch.fed);
  const auto loss = softmax_cross_entropy(decoded.logits, batch.answers, {.ignore_index = 0});
  const auto norms = trainer.gradient_norms();
  std::vector<std::string> layers;
  for (const auto& [layer, norm] : norms) {
    layers.push_back(layer);
    std::vector<Variable> of_layer;
    for (const auto& [name, variable] : named_parameters(twin))
      if (name == layer || name.starts_with(layer + ".")) of_layer.push_back(variable);
    CHECK(norm == Approx(global_norm(grad(loss, of_layer, {.retain = true}))).epsilon(1e-3));
  }
  CHECK(layers == std::vector<std::string>{"source", "target", "encoder", "decoder", "combine", "output_bias"});

  const auto seventeen = [&](Index steps) {
    const RecurrentTranslator fresh = tiny_translator();
    std::vector<Example> many;
    for (int i = 0; i < 40; ++i) many.push_back(examples[static_cast<std::size_t>(i) % 9]);
    Trainer longer(fresh, many, {.epochs = 1, .batch = 2, .learning_rate = 1e-9, .shards = 1}, workers);
    for (Index step = 0; step < steps; ++step) longer.step();
    return longer.progress.gradient_norms;
  };
  CHECK(seventeen(4).empty());  // of twenty, the first four are not measured
  CHECK(seventeen(5).size() == 6);
}
