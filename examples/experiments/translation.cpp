// What decides whether a Transformer learns to translate at all: warm-up, where its norms stand, and √width.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "examples/experiments/experiment.h"
#include "examples/experiments/translator.h"

namespace glance::experiments {

namespace {

// Trains one translator, and gives what all of these experiments look at.
Row learn(const std::string& name, TranslatorOptions options, const Plan& plan, const seq2seq::Numbered& data,
          const Settings& settings) {
  Generator generator(settings.seed);
  options.source_words = data.source.size();
  options.target_words = data.target.size();
  const SmallTranslator model(options, generator);
  train(name, model, data.train, plan, settings);
  return {name, {exactly_right(model, data.test), loss_of(model, data.test, false), loss_of(model, data.test, true)}};
}

Finding warming_up(const Settings& settings) {
  const auto data = sentences_to_translate(4000, 9, settings.seed);
  Finding finding;
  for (const bool norm_first : {false, true})
    for (const double warmup : {0., 100.})
      finding.rows.push_back(learn(fmt::format("{}-norm, {}", norm_first ? "pre" : "post",
                                               warmup > 0 ? fmt::format("{} steps of warm-up", warmup) : "no warm-up"),
                                   {.width = 32, .layers = 6, .norm_first = norm_first},
                                   {.steps = 400, .learning_rate = 3e-3, .warmup = warmup, .beta2 = 0.98}, data,
                                   settings));
  return finding;
}

Finding growing(const Settings& settings) {
  const auto data = sentences_to_translate(4000, 9, settings.seed);
  Finding finding;
  for (const bool grown : {true, false})
    finding.rows.push_back(learn(grown ? "words times √width" : "words as they are", {.grown = grown},
                                 {.steps = 400, .learning_rate = 3e-3, .beta2 = 0.98}, data, settings));
  return finding;
}

Finding norming(const Settings& settings) {
  const auto data = sentences_to_translate(4000, 9, settings.seed);
  Finding finding;
  for (const double rate : {1e-3, 3e-3, 1e-2})
    for (const bool norm_first : {false, true})
      finding.rows.push_back(learn(fmt::format("{}-norm, rate {}", norm_first ? "pre" : "post", rate),
                                   {.width = 32, .norm_first = norm_first},
                                   {.steps = 400, .learning_rate = rate, .beta2 = 0.98}, data, settings));
  return finding;
}

}  // namespace

std::vector<Experiment> translation_experiments() {
  const std::vector<std::string> columns = {"exactly right", "loss", "from another's source"};
  return {
      {"warm-up", "Why does a deep Transformer need a learning rate that rises slowly?", "TODO", columns, warming_up},
      {"norms", "Does it matter whether norms stand before the parts of a block or after them?", "TODO", columns,
       norming},
      {"sinusoids", "What is the √width for?", "TODO", columns, growing},
  };
}

}  // namespace glance::experiments
