// The commands `probe` and `compare`: what a model has understood, in numbers.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "examples/common/terminal.h"
#include "examples/gaps/checkpoint.h"
#include "examples/gaps/commands.h"
#include "examples/gaps/probe.h"
#include "examples/gaps/session.h"
#include "examples/common/columns.h"
#include "glance/tensor/error.h"

namespace glance::gaps {

namespace {

std::string counted_table(const Probe& found) {
  std::vector<std::vector<std::string>> rows = {{"hidden", "gender right", "of"}};
  for (const Counted& counted : found.counted)
    rows.push_back({counted.hidden, fmt::format("{:.3f}", counted.share()), fmt::format("{}", counted.all)});
  return table(rows, "lrr");
}

std::string heads_table(const Probe& found) {
  std::vector<std::vector<std::string>> rows = {{"layer", "head", "weight on the noun", "most of all words"}};
  for (const HeadOnNoun& head : found.heads)
    rows.push_back({fmt::format("{}", head.layer + 1), fmt::format("{}", head.head + 1),
                    fmt::format("{:.2f}", head.weight), fmt::format("{:.2f}", head.most)});
  return table(rows, "rrrr");
}

void print_json(const Probe& found) {
  using nlohmann::ordered_json;
  ordered_json line{{"counted", ordered_json::array()}, {"heads", ordered_json::array()}};
  for (const Counted& counted : found.counted)
    line["counted"].push_back({{"hidden", counted.hidden}, {"right", counted.right}, {"all", counted.all}});
  for (const HeadOnNoun& head : found.heads)
    line["heads"].push_back(
        {{"layer", head.layer + 1}, {"head", head.head + 1}, {"weight", head.weight}, {"most", head.most}});
  fmt::print("{}\n", line.dump());
}

Index place_of(std::optional<Index> asked, Index most, const char* option, Index otherwise) {
  if (asked && *asked > most) throw Error(fmt::format("{} {}: the model has {}", option, *asked, most));
  return asked ? *asked - 1 : otherwise;
}

// What one model reached.
struct Reached {
  Score score;
  double gender = 0;  // share of hidden articles, on the built-in language
};

Reached reach(const CompareCommand& command, bool left_to_right, std::uint64_t seed, Workers& workers,
              StatusLine& status) {
  ModelOptions model = command.model;
  DataOptions data = command.data;
  TrainingOptions training = command.training;
  model.left_to_right = left_to_right;
  data.seed = training.seed = seed;
  const Session s = start(model, data, training, workers);
  while (!s.trainer->is_over()) {
    const double loss = s.trainer->step();
    status.show([&] {
      return fmt::format("{}, seed {}: step {}/{}, loss {:.3f}", left_to_right ? "left to right" : "both sides", seed,
                         s.trainer->steps(), training.steps, loss);
    });
  }
  Reached reached{score(*s.model, s.data->test, training)};
  if (!s.data->grammar.empty())
    reached.gender = probe(*s.model, s.data->words, s.data->grammar).counted.front().share();
  return reached;
}

}  // namespace

void probe(const ProbeCommand& command) {
  const std::string path = model_path(command.model);
  const Checkpoint checkpoint = load_checkpoint(path);
  const Model& model = *checkpoint.model;
  if (!checkpoint.data.text.empty())
    throw Error(
        fmt::format("{}: was trained on a text: probe asks about the built-in language, which knows the gender "
                    "of its nouns",
                    path));
  const auto sentences = load(checkpoint.data).grammar;
  const Probe found = probe(model, checkpoint.words, sentences);
  const Index layer = place_of(command.layer, model.options.layers, "--layer", found.best().layer);
  const Index head = place_of(command.head, model.options.heads, "--head", found.best().head);
  if (command.json) return print_json(found);
  fmt::print("{} held-out sentences: a word is hidden, and is the guess of the right gender?\n\n{}\n", sentences.size(),
             counted_table(found));
  fmt::print("Where a hidden article looks:\n\n{}\n", heads_table(found));
  fmt::print("Layer {}, head {}, in one of them:\n\n{}", layer + 1, head + 1,
             heatmap(picture_of(model, checkpoint.words, sentences, layer, head), terminal_of(stdout)));
}

void compare(const CompareCommand& command) {
  Workers workers(command.threads);
  StatusLine status(stderr);
  const bool grammar = command.data.text.empty();
  fmt::print("{:<13}  {:>4}  {:>18}  {:>10}{}\n", "reads", "seed", "hidden words right", "perplexity",
             grammar ? "  gender of a hidden article" : "");
  flush_output();
  for (const bool left_to_right : {false, true})
    for (int i = 0; i < command.seeds; ++i) {
      const std::uint64_t seed = command.training.seed + static_cast<std::uint64_t>(i);
      const auto [score, gender] = reach(command, left_to_right, seed, workers, status);
      status.clear();
      fmt::print("{:<13}  {:>4}  {:>17.1f}%  {:>10.2f}{}\n", left_to_right ? "left to right" : "both sides", seed,
                 100 * score.right, std::exp(score.loss), grammar ? fmt::format("  {:>25.1f}%", 100 * gender) : "");
      flush_output();
    }
}

}  // namespace glance::gaps
