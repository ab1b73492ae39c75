// Trains a translator with attention, translates with it, and shows what it looks at.
#include <CLI/CLI.hpp>
#include <utility>

#include "examples/common/command_line.h"
#include "examples/common/help_lines.h"
#include "examples/common/job.h"
#include "examples/common/shell.h"
#include "examples/common/version.h"
#include "examples/translate/commands.h"
#include "examples/translate/diagnose.h"
#include "examples/translate/explain_options.h"
#include "examples/translate/options.h"
#include "examples/translate/train.h"
#include "examples/translate/train_options.h"
#include "examples/translate/words.h"

namespace {

using namespace glance::seq2seq;

constexpr const char* examples_text =
    "Examples:\n"
    "  translate train --out out/demo                   on the built-in language\n"
    "  translate train --pairs FILE.tsv --out out/mine  on pairs of your own\n"
    "  translate train --resume --out out/mine          go on where it stopped\n"
    "  translate translate out/demo \"the cat ate the apple\"\n"
    "  translate explain out/demo \"the cat ate the apple\"\n"
    "  translate evaluate out/mine --pairs TEST.tsv\n"
    "  translate diagnose out/mine                      what is wrong with a training\n"
    "\"translate train --help\" and so on say more.";

CLI::App* add_translate(CLI::App& app, TranslateCommand& command) {
  CLI::App* added = app.add_subcommand("translate", "Translate sentences");
  add_model_argument(*added, command.model);
  add_sentences(*added, command.sentences, command.json);
  add_search(*added, command.beam, command.max_output);
  add_hidden_heads(*added, command.hide_heads,
                   "Of a Transformer: a head that says nothing, such as cross:2.1; several: once for each");
  add_threads(*added, command.threads, "One a processor unless given");
  added->footer(
      "Examples:\n"
      "  translate translate out/demo \"the cat ate the apple\"\n"
      "  translate translate out/demo --beam 4 < sentences.txt");
  return added;
}

CLI::App* add_evaluate(CLI::App& app, EvaluateCommand& command) {
  CLI::App* added = app.add_subcommand("evaluate", "Score a model on sentence pairs");
  add_model_argument(*added, command.model);
  add_data_options(*added, command.data);
  for (const char* option : {"--reverse", "--max-words", "--limit"})
    added->get_option(option)->needs(added->get_option("--pairs"));
  add_search(*added, command.beam, command.max_output);
  add_threads(*added, command.threads, "One a processor unless given");
  added->add_flag("--mistakes", command.mistakes, "Also each sentence that went wrong");
  added->add_flag("--json", command.json, "One JSON object");
  added->footer(
      "Without --pairs: a model of pairs of your own on those that its training held out,\n"
      "any other on new sentences of the built-in language, and whether it looks where the\n"
      "words come from.\n"
      "Examples:\n"
      "  translate evaluate out/mine --pairs TEST.tsv\n"
      "  translate evaluate out/demo --mistakes");
  return added;
}

CLI::App* add_diagnose(CLI::App& app, DiagnoseCommand& command) {
  CLI::App* added = app.add_subcommand("diagnose", "Say what is wrong with a training, and what to try");
  add_model_argument(*added, command.model);
  for (const auto& [option, path] : {std::pair("--pairs", &command.pairs), {"--test", &command.test}})
    added->add_option(option, *path, "Where the training's file is now, if it was moved")
        ->option_text("FILE.tsv")
        ->transform(glance::not_empty());
  add_threads(*added, command.threads, "One a processor unless given");
  added->add_flag("--json", command.json, "One JSON object");
  added->footer(
      "It reads the log, and looks at held-out pairs with the last model.\n"
      "Example:\n"
      "  translate diagnose out/mine");
  return added;
}

CLI::App* add_words(CLI::App& app, WordsCommand& command) {
  CLI::App* added = app.add_subcommand("words", "List the words of a model, or of the built-in language");
  added->add_option("MODEL", command.model, "A checkpoint, or the folder of a training")
      ->option_text(" ")
      ->transform(glance::not_empty());
  added->add_flag("--target", command.target, "Those that it writes, not those that it reads")
      ->needs(added->get_option("MODEL"));
  added->footer(
      "Examples:\n"
      "  translate words\n"
      "  translate words out/mine --target");
  return added;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a translator with attention, translates with it, and shows what it looks at.", "translate");
  app.set_version_flag(
      "--version", [] { return glance::version_text("translate"); }, "Say which version this is, and what multiplies");
  glance::keep_help_lines(app);
  app.require_subcommand(0, 1);
  app.footer(examples_text);

  CLI::App* train_app = app.add_subcommand("train", "Train on the built-in language or on pairs of your own");
  TrainOptions train_options(*train_app);
  train_app->footer(
      "Examples:\n"
      "  translate train --out out/demo --report out/demo/report.html\n"
      "  translate train --pairs FILE.tsv --epochs 10 --out out/mine\n"
      "  translate train --resume --out out/mine --watch");

  TranslateCommand translate_command;
  CLI::App* translate_app = add_translate(app, translate_command);
  CLI::App* explain_app = app.add_subcommand("explain", "Show which source words each target word looked at");
  ExplainOptions explain_options(*explain_app);

  EvaluateCommand evaluate_command;
  CLI::App* evaluate_app = add_evaluate(app, evaluate_command);
  DiagnoseCommand diagnose_command;
  CLI::App* diagnose_app = add_diagnose(app, diagnose_command);
  WordsCommand words_command;
  CLI::App* words_app = add_words(app, words_command);

  TrainCommand train_command;
  ExplainCommand explain_command;
  return glance::run_program(
      app, argc, argv,
      [&] {
        if (app.get_subcommands().empty())
          throw CLI::ValidationError("a command is missing", "train, translate, explain, evaluate, diagnose or words");
        if (*train_app) train_command = train_options.command();
        train_command.program = glance::program_called(argv[0]);
        if (*explain_app) explain_command = explain_options.command();
      },
      [&] {
        if (*train_app)
          return glance::run_in_job("translate", train_command.rank_timeout,
                                    [&](const glance::Ranks& ranks) { return train(train_command, ranks); });
        if (*translate_app) translate(translate_command);
        if (*explain_app) explain(explain_command);
        if (*evaluate_app) evaluate(evaluate_command);
        if (*diagnose_app) diagnose_training(diagnose_command);
        if (*words_app) list_words(words_command);
        return 0;
      });
}
