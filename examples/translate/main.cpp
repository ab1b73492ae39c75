// Trains a translator with attention, translates with it, and shows what it looks at.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "examples/translate/commands.h"
#include "examples/translate/train.h"

namespace {

using namespace glance::seq2seq;
using glance::Index;

constexpr const char* examples_text =
    "Examples:\n"
    "  translate train --out out/demo                          the built-in English-French language\n"
    "  translate train --pairs FILE.tsv --out out/mine         sentence pairs of your own: source, tab, target\n"
    "  translate train --resume --out out/mine                 go on where it stopped\n"
    "  translate translate out/demo \"the cat ate the apple\"\n"
    "  translate explain out/demo \"the cat ate the apple\"      what it looked at, word for word\n"
    "  translate evaluate out/mine --pairs TEST.tsv\n"
    "  translate evaluate out/demo                             new sentences of the built-in language\n";

// An option that overrides a recommendation only where it was given.
template <class T>
struct Override {
  std::optional<T> given;
  void apply(T& value) const {
    if (given) value = *given;
  }
};

void add_data_options(CLI::App& app, DataOptions& data) {
  app.add_option("--pairs", data.pairs, "Sentence pairs, one a line: source, tab, target; UTF-8")
      ->option_text("FILE.tsv");
  app.add_flag("--reverse", data.reverse, "Translate from the second column to the first");
  app.add_option("--max-words", data.max_words, "Leave out pairs with a longer side")
      ->option_text("N")
      ->check(CLI::PositiveNumber);
  app.add_option("--limit", data.limit, "Use at most N pairs")->option_text("N")->check(CLI::PositiveNumber);
}

// The options of `train`, kept apart from the command they fill in, because recommendations come in between.
class TrainOptions {
 public:
  explicit TrainOptions(CLI::App& app) {
    add_data_options(app, command_.data);
    auto* test = app.add_option("--test", command_.data.test, "Pairs to score on")->option_text("FILE.tsv");
    app.add_option("--held-out", command_.data.held_out, "Share of the pairs to score on, by source sentence")
        ->option_text("SHARE")
        ->check(CLI::Range(0.0, 0.9))
        ->capture_default_str()
        ->excludes(test);
    test->needs("--pairs");
    app.add_option("--min-count", command_.data.min_count, "Words seen less often are unknown")
        ->option_text("N")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();

    app.add_option("--attention", attention_, "Whether the decoder may look back: dot or none")
        ->option_text("dot|none")
        ->check(CLI::IsMember({"dot", "none"}));
    app.add_option("--cell", cell_, "lstm or rnn")->option_text("lstm|rnn")->check(CLI::IsMember({"lstm", "rnn"}));
    positive(app, "--hidden", hidden_, "Width of the states");
    positive(app, "--embedding", embedding_, "Width of the word vectors");
    positive(app, "--layers", layers_, "Layers of encoder and decoder");
    app.add_option("--dropout", dropout_.given, "Share of activations dropped while training")
        ->option_text("P")
        ->check(CLI::Range(0.0, 0.95));

    positive(app, "--epochs", epochs_, "Passes over the pairs");
    positive(app, "--batch", batch_, "Pairs a step");
    app.add_option("--rate", rate_.given, "Adam's learning rate at its highest")
        ->option_text("RATE")
        ->check(CLI::PositiveNumber);
    app.add_option("--clip", clip_.given, "Largest norm of a gradient")
        ->option_text("NORM")
        ->check(CLI::PositiveNumber);
    app.add_option("--label-smoothing", smoothing_.given, "Share of each target given to all words alike")
        ->option_text("SHARE")
        ->check(CLI::Range(0.0, 0.9));
    positive(app, "--shards", shards_, "Parts of a batch that threads take; the result depends on it");
    app.add_option("--seed", seed_.given, "Decides all that is random")->option_text("N");

    for (CLI::Option* option : app.get_options([](const CLI::Option* o) { return o->get_name() != "--help"; }))
      fixed_.push_back(option);
    app.add_option("--threads", command_.threads, "Threads; the result does not depend on it")
        ->option_text("N")
        ->check(CLI::Range(1, 1024));
    app.add_option("--out", command_.out, "Folder for best, last and log.jsonl")
        ->option_text("DIR")
        ->capture_default_str();
    auto* resume =
        app.add_flag("--resume", command_.resume, "Go on with the training in --out, exactly where it stopped");
    for (CLI::Option* option : fixed_) resume->excludes(option);
    app.add_flag("--overwrite", command_.overwrite, "Start anew although --out holds a training")->excludes(resume);
  }

  TrainCommand command() const {
    TrainCommand result = command_;
    if (result.data.pairs.empty())
      recommend_for_builtin(result);
    else
      recommend_for_pairs(result);
    result.model.attention = attention_ != "none";
    result.model.cell = cell_ == "rnn" ? CellKind::rnn : CellKind::lstm;
    hidden_.apply(result.model.hidden);
    embedding_.apply(result.model.embedding);
    layers_.apply(result.model.layers);
    dropout_.apply(result.model.dropout);
    epochs_.apply(result.training.epochs);
    batch_.apply(result.training.batch);
    rate_.apply(result.training.learning_rate);
    clip_.apply(result.training.clip);
    smoothing_.apply(result.training.label_smoothing);
    shards_.apply(result.training.shards);
    seed_.apply(result.training.seed);
    return result;
  }

 private:
  template <class T>
  static void positive(CLI::App& app, const char* name, Override<T>& value, const char* text) {
    app.add_option(name, value.given, text)->option_text("N")->check(CLI::Range(1, 1000000));
  }

  TrainCommand command_;
  std::string attention_ = "dot", cell_ = "lstm";
  Override<Index> hidden_, embedding_, epochs_, batch_;
  Override<int> layers_, shards_;
  Override<double> dropout_, rate_, clip_, smoothing_;
  Override<std::uint64_t> seed_;
  std::vector<CLI::Option*> fixed_;  // what a resumed training takes from its checkpoint
};

void add_translate_options(CLI::App& app, TranslateCommand& command) {
  app.add_option("MODEL", command.model, "A checkpoint, or the folder of a training")->required();
  app.add_option("SENTENCE", command.sentences, "Sentences, each in quotes; none: lines from standard input");
  app.add_option("--beam", command.beam, "Hypotheses to keep; 1 takes the likeliest word each time")
      ->option_text("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--json", command.json, "One JSON object a sentence");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a translator with attention, translates with it, and shows what it looks at.", "translate");
  app.require_subcommand(1);
  app.footer(examples_text);

  CLI::App* train_app = app.add_subcommand("train", "Train on the built-in language or on pairs of your own");
  TrainOptions train_options(*train_app);
  train_app->footer("Example: translate train --pairs FILE.tsv --epochs 10 --out out/mine");

  TranslateCommand translate_command, explain_command;
  CLI::App* translate_app = app.add_subcommand("translate", "Translate sentences");
  add_translate_options(*translate_app, translate_command);
  translate_app->footer("Example: translate translate out/demo \"the cat ate the apple\"");

  CLI::App* explain_app = app.add_subcommand("explain", "Show which source words each target word looked at");
  add_translate_options(*explain_app, explain_command);
  explain_app->footer("Example: translate explain out/demo \"the cat ate the apple\"");

  EvaluateCommand evaluate_command;
  CLI::App* evaluate_app = app.add_subcommand(
      "evaluate",
      "Score a model on sentence pairs, or on the built-in language: does it look where the words come from?");
  evaluate_app->add_option("MODEL", evaluate_command.model, "A checkpoint, or the folder of a training")->required();
  add_data_options(*evaluate_app, evaluate_command.data);
  for (const char* option : {"--reverse", "--max-words", "--limit"})
    evaluate_app->get_option(option)->needs(evaluate_app->get_option("--pairs"));
  evaluate_app->add_option("--threads", evaluate_command.threads, "Threads")
      ->option_text("N")
      ->check(CLI::Range(1, 1024));
  evaluate_app->add_flag("--json", evaluate_command.json, "One JSON object");
  evaluate_app->footer("Example: translate evaluate out/mine --pairs TEST.tsv");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    if (*train_app) return train(train_options.command());
    if (*translate_app) translate(translate_command);
    if (*explain_app) explain(explain_command);
    if (*evaluate_app) evaluate(evaluate_command);
    return 0;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "translate: {}\n", error.what());
    return 1;
  }
}
