// A training judged afterwards: its log, its checkpoint, and its pairs where they still are.
#include "examples/translate/diagnose.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "examples/common/terminal.h"
#include "examples/common/text.h"
#include "examples/common/training_folder.h"
#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/diagnosis.h"
#include "examples/seq2seq/history.h"
#include "examples/translate/data.h"
#include "glance/nn/processors.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {

namespace {

namespace fs = std::filesystem;

// Enough to tell a share from none, and translated in a second or two.
constexpr std::size_t most_pairs = 300;

// Of a folder, or of a file in it. Error where there is no training.
TrainingFolder folder_of(const std::string& model) {
  std::error_code error;
  const fs::path parent = fs::path(model).parent_path();
  const TrainingFolder folder{fs::is_directory(model, error) ? model : parent.empty() ? "." : parent.string()};
  if (fs::exists(model, error) && fs::exists(folder.last(), error)) return folder;
  throw Error(fmt::format("{}: no training is there: name a folder that `translate train --out` has written", model));
}

// What the model does on pairs that were held out.
HeldOut look_at(const Checkpoint& checkpoint, const std::vector<Pair>& pairs, Workers& workers) {
  auto examples = encode(pairs, checkpoint.source, checkpoint.target);
  if (examples.size() > most_pairs) examples.resize(most_pairs);
  std::vector<Translation> written;
  StatusLine status(stderr);
  const Meanwhile shown = [&](double share) {
    status.show([&] { return fmt::format("looking at {} held-out pairs: {:.0f}%", examples.size(), 100 * share); });
  };
  const Evaluation e =
      evaluate(*checkpoint.model, examples, checkpoint.target, workers, {}, part_of(shown, 0, 0.8), &written);
  const Diagnosis d = diagnose(*checkpoint.model, examples, e, workers, part_of(shown, 0.8, 1));
  status.clear();
  HeldOut held_out{.pairs = examples.size()};
  held_out.unknown_sources = unknown_share(examples, &Example::source);
  held_out.unknown_targets = d.unknown_targets;
  std::size_t words = 0;
  for (const Example& example : examples) words += example.target.size();
  held_out.words = static_cast<double>(words) / static_cast<double>(examples.size());
  const auto cut = std::count_if(written.begin(), written.end(), [](const Translation& t) { return t.stopped; });
  held_out.cut = static_cast<double>(cut) / static_cast<double>(examples.size());
  held_out.ends = d.right_ends;
  held_out.padding = d.padding;
  held_out.loss = d.loss;
  held_out.other_loss = d.other_loss;
  return held_out;
}

// The pairs that were held out; none, and `why` says why, where they are no longer at hand.
std::vector<Pair> held_out_pairs(const Checkpoint& checkpoint, const DiagnoseCommand& command, std::string& why) {
  try {
    DataOptions moved;
    moved.pairs = command.pairs;
    moved.test = command.test;
    auto pairs = held_out_pairs(checkpoint.training->data, checkpoint.training->options.seed, moved);
    if (pairs.empty()) why = "no pairs were held out";
    return pairs;
  } catch (const Error& error) {
    why = error.what();
    return {};
  }
}

void print(const DiagnoseCommand& command, const TrainingHistory& history, const std::vector<Finding>& found,
           const std::string& unseen) {
  if (command.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& [name, shown, advice] : found) list.push_back({{"name", name}, {"shown", shown}, {"try", advice}});
    fmt::print("{}\n", nlohmann::ordered_json{{"scorings", history.log.size()}, {"findings", list}}.dump());
    return;
  }
  fmt::print("{}: {} scoring{}", one_line(command.model), history.log.size(), history.log.size() == 1 ? "" : "s");
  const auto last = std::find_if(history.log.rbegin(), history.log.rend(),
                                 [](const LogRecord& record) { return record.failure.empty(); });
  if (last != history.log.rend()) {
    fmt::print(" in {:g} epochs; training loss {:.3f}", last->epoch, last->train_loss);
    if (last->exact && last->token_accuracy && last->bleu)
      fmt::print("; held out: words {:.1f}%, sentences {:.1f}%, BLEU {:.1f}", 100 * *last->token_accuracy,
                 100 * *last->exact, *last->bleu);
  }
  fmt::print("\n");
  if (history.held_out) fmt::print("looked at {} held-out pairs with its last model\n", history.held_out->pairs);
  if (!unseen.empty()) fmt::print("judged by its log alone: {}\n", one_line(unseen));
  if (history.log.empty()) return fmt::print("\nnothing was scored yet: come back when an epoch is over\n");
  if (found.empty()) return fmt::print("\nNothing that is known to go wrong is to be seen.\n");
  for (std::size_t i = 0; i < found.size(); ++i)
    fmt::print("\n{}. {}\n   {}\n   {}\n", i + 1, found[i].name, found[i].shown, found[i].advice);
}

}  // namespace

void diagnose_training(const DiagnoseCommand& command) {
  const TrainingFolder folder = folder_of(command.model);
  const Checkpoint checkpoint = load_checkpoint(folder.last());
  if (!checkpoint.training)
    throw Error(fmt::format("{}: made for translating, without what is known of its training", folder.last()));
  const TrainingOptions& options = checkpoint.training->options;
  TrainingHistory history;
  history.log = read_log(folder.log());
  history.learning_rate = options.learning_rate;
  history.clip = options.clip;
  history.dropout = checkpoint.model->options().dropout;
  history.epochs = options.epochs;
  history.target_words = checkpoint.target.size();
  history.unit = checkpoint.text.unit;
  history.min_count = data_options(checkpoint.training->data, {}).min_count;
  history.over = checkpoint.training->progress.epochs >= options.epochs;
  std::string unseen;
  if (const auto pairs = held_out_pairs(checkpoint, command, unseen); !pairs.empty()) {
    Workers workers(command.threads > 0 ? command.threads : usable_processors());
    history.held_out = look_at(checkpoint, pairs, workers);
  }
  print(command, history, findings(history), unseen);
}

}  // namespace glance::seq2seq
