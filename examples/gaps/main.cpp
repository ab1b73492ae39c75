// Hides words of sentences and learns to fill the gaps from both sides, and shows what it has understood.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "examples/common/command_line.h"
#include "examples/common/help_lines.h"
#include "examples/common/job.h"
#include "examples/common/normalise.h"
#include "examples/common/number_options.h"
#include "examples/common/shell.h"
#include "examples/common/version.h"
#include "examples/gaps/commands.h"

namespace {

using namespace glance::gaps;
using glance::Index;
using glance::not_empty;
using glance::real;
using glance::whole;

constexpr std::uint64_t million = 1000000;

// A number with its default in the help.
CLI::Option* number(CLI::App& app, const char* name, auto& value, const char* text, std::uint64_t least,
                    std::uint64_t most) {
  return app.add_option(name, value, fmt::format("{} ({})", text, value))
      ->option_text("N")
      ->transform(whole(least, most));
}

CLI::Option* share(CLI::App& app, const char* name, double& value, const char* text, double least, double most) {
  return app.add_option(name, value, fmt::format("{} ({})", text, value))
      ->option_text("X")
      ->transform(real(least, most));
}

// The options that `train` and `compare` have in common.
class TrainingArguments {
 public:
  TrainingArguments(CLI::App& app, ModelOptions& model, DataOptions& data, TrainingOptions& training)
      : data_(data), training_(training) {
    text_ = app.add_option("--text", data.text, "Sentences of your own, one on each line, UTF-8 (the built-in French)")
                ->option_text("FILE")
                ->transform(not_empty());
    of_text_ = {app.add_option("--split", unit_, "How a line becomes words (words)")
                    ->option_text("words|spaces|characters")
                    ->check(CLI::IsMember({"words", "spaces", "characters"})),
                app.add_flag("--keep-case", data.split.keep_case, "\"Paris\" stays \"Paris\""),
                number(app, "--max-words", data.longest, "Longer sentences are left out", 1, 1024),
                number(app, "--min-count", data.min_count, "Words that are rarer become unknown ones", 1, million),
                share(app, "--held-out", data.held_out, "Share of the sentences to be examined on", 0.001, 0.9)};
    fixed_ = {number(app, "--width", model.width, "Numbers for each word", 1, 4096),
              number(app, "--heads", model.heads, "Heads of each layer; they share the width", 1, 256),
              number(app, "--layers", model.layers, "Layers", 1, 64),
              share(app, "--dropout", model.dropout, "Dropout", 0, 0.9),
              number(app, "--steps", training.steps, "Steps of training", 1, 1000 * million),
              number(app, "--batch", training.batch, "Sentences in a step", 1, million),
              share(app, "--rate", training.learning_rate, "Highest learning rate", 1e-9, 10),
              number(app, "--warmup", training.warmup, "Steps in which the rate rises", 0, 1000 * million),
              share(app, "--hidden", training.hidden, "Share of the words that are hidden", 0.01, 1),
              share(app, "--clip", training.clip, "The gradient's norm is at most this", 1e-6, 1e6),
              number(app, "--shards", training.shards, "What a batch is cut into, one for a thread", 1, 1024),
              number(app, "--seed", training.seed, "Decides all that is random", 0, glance::any_number)};
    fixed_.insert(fixed_.end(), of_text_.begin(), of_text_.end());
  }

  // Completes the options. Throws CLI::ParseError for those that contradict each other.
  void check(const ModelOptions& model, bool resume) const {
    for (const CLI::Option* option : fixed_)
      if (resume && option->count() > 0)
        throw CLI::ValidationError(option->get_name(), "--resume goes on with what the training began with");
    for (const CLI::Option* option : of_text_)
      if (option->count() > 0 && text_->count() == 0)
        throw CLI::ValidationError(option->get_name(), "is for a --text of your own");
    if (model.width % model.heads != 0)
      throw CLI::ValidationError("--heads",
                                 fmt::format("{} heads cannot share a width of {} evenly", model.heads, model.width));
    data_.split.unit = glance::unit_of(unit_);
    data_.seed = training_.seed;
  }

 private:
  DataOptions& data_;
  TrainingOptions& training_;
  std::string unit_ = "words";
  const CLI::Option* text_;
  std::vector<const CLI::Option*> of_text_, fixed_;
};

void add_model(CLI::App& app, std::string& model) {
  app.add_option("MODEL", model, "The folder of a training, or its file")
      ->option_text(" ")
      ->required()
      ->transform(not_empty());
}

// The commands' options, and what runs them.
struct Commands {
  CLI::App& app;
  TrainCommand train_command;
  CompareCommand compare_command;
  FillCommand fill_command;
  ProbeCommand probe_command;

  CLI::App* train_app = app.add_subcommand("train", "Learn to fill gaps");
  CLI::App* fill_app = app.add_subcommand("fill", "Fill the gaps of sentences");
  CLI::App* probe_app = app.add_subcommand("probe", "Whether articles follow the gender of their nouns, and how");
  CLI::App* compare_app = app.add_subcommand("compare", "What it is worth to see both sides");
  TrainingArguments train_arguments{*train_app, train_command.model, train_command.data, train_command.training};
  TrainingArguments compare_arguments{*compare_app, compare_command.model, compare_command.data,
                                      compare_command.training};

  explicit Commands(CLI::App& root) : app(root) {
    add_train();
    add_fill();
    add_probe();
    number(*compare_app, "--seeds", compare_command.seeds, "So many trainings of each, from --seed on", 1, 100);
    number(*compare_app, "--threads", compare_command.threads, "Same result with any number", 1, 1024);
    compare_app->footer(
        "Examples:\n"
        "  gaps compare\n"
        "  gaps compare --seeds 5");
  }

  void add_train() {
    train_app->add_flag("--left-to-right", train_command.model.left_to_right,
                        "Each place sees only what is not later, as in a GPT");
    train_app->add_option("--out", train_command.out, fmt::format("Folder for the model ({})", train_command.out))
        ->option_text("DIR")
        ->transform(not_empty());
    train_app->add_flag("--resume", train_command.resume, "Go on in --out, exactly; with --text if it was moved");
    train_app->add_flag("--overwrite", train_command.overwrite, "Start anew although --out holds a training");
    number(*train_app, "--threads", train_command.threads, "Same result with any number", 1, 1024);
    glance::add_rank_timeout(*train_app, train_command.rank_timeout);
    train_app->footer(
        "Examples:\n"
        "  gaps train --out out/gaps\n"
        "  gaps train --text FILE --steps 3000 --out out/mine\n"
        "  gaps train --resume --out out/mine");
  }

  void add_fill() {
    add_model(*fill_app, fill_command.model);
    fill_app->add_option("SENTENCE", fill_command.sentences, "With _ for each gap, in quotes; none: standard input")
        ->option_text(" ")
        ->transform(glance::as_given());
    number(*fill_app, "--top", fill_command.top, "Words to show for each gap", 1, 1000);
    fill_app->add_flag("--json", fill_command.json, "One JSON object a sentence");
    fill_app->footer(
        "Examples:\n"
        "  gaps fill out/gaps \"le _ mange une pomme\"\n"
        "  gaps fill out/gaps --top 3 < sentences.txt");
  }

  void add_probe() {
    add_model(*probe_app, probe_command.model);
    probe_app->add_option("--layer", probe_command.layer, "Layer of the picture (that with most weight on the noun)")
        ->option_text("N")
        ->transform(whole(1, million));
    probe_app->add_option("--head", probe_command.head, "Head of the picture (the same)")
        ->option_text("N")
        ->transform(whole(1, million));
    probe_app->add_flag("--json", probe_command.json, "One JSON object, without the picture");
    probe_app->footer("Example:\n  gaps probe out/gaps");
  }

  // Throws CLI::ParseError for options that contradict each other.
  void check() const {
    if (app.get_subcommands().empty())
      throw CLI::ValidationError("a command is missing", "train, fill, probe or compare");
    if (*compare_app) compare_arguments.check(compare_command.model, false);
    if (!*train_app) return;
    train_arguments.check(train_command.model, train_command.resume);
    if (train_command.resume && train_command.overwrite)
      throw CLI::ValidationError("--resume and --overwrite", "go on or start anew? Leave one out");
    if (train_command.resume && train_command.model.left_to_right)
      throw CLI::ValidationError("--left-to-right", "--resume goes on with what the training began with");
  }

  int run() const {
    if (*train_app)
      return glance::run_in_job("gaps", train_command.rank_timeout,
                                [&](const glance::Ranks& ranks) { return train(train_command, ranks); });
    if (*fill_app) fill(fill_command);
    if (*probe_app) probe(probe_command);
    if (*compare_app) compare(compare_command);
    return 0;
  }
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Hides words of sentences, learns to fill the gaps, and shows what it has understood.", "gaps");
  app.set_version_flag(
      "--version", [] { return glance::version_text("gaps"); }, "Say which version this is, and what multiplies");
  glance::keep_help_lines(app);
  app.require_subcommand(0, 1);
  app.footer(
      "Examples:\n"
      "  gaps train --out out/gaps                   on French of the built-in language\n"
      "  gaps fill out/gaps \"le _ mange une pomme\"\n"
      "  gaps probe out/gaps                         do articles follow their nouns?\n"
      "  gaps compare                                both sides against left to right\n"
      "  gaps train --text FILE --out out/mine       on sentences of your own\n"
      "\"gaps train --help\" and so on say more.");
  Commands commands(app);
  commands.train_command.program = glance::program_called(argv[0]);
  return glance::run_program(
      app, argc, argv, [&] { commands.check(); }, [&] { return commands.run(); });
}
