// Trains a translator with attention, translates with it, and shows what it looks at.
#include <CLI/CLI.hpp>

#include "examples/common/command_line.h"
#include "examples/common/help_lines.h"
#include "examples/common/version.h"
#include "examples/translate/commands.h"
#include "examples/translate/explain_options.h"
#include "examples/translate/options.h"
#include "examples/translate/train.h"
#include "examples/translate/train_options.h"

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
    "\"translate train --help\" and so on say more.";

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
  CLI::App* translate_app = app.add_subcommand("translate", "Translate sentences");
  add_model_argument(*translate_app, translate_command.model);
  add_sentences(*translate_app, translate_command.sentences, translate_command.json);
  add_search(*translate_app, translate_command.beam, translate_command.max_output);
  add_hidden_heads(*translate_app, translate_command.hide_heads,
                   "Of a Transformer: a head that says nothing, such as cross:2.1; several: once for each");
  add_threads(*translate_app, translate_command.threads, "One a processor unless given");
  translate_app->footer(
      "Examples:\n"
      "  translate translate out/demo \"the cat ate the apple\"\n"
      "  translate translate out/demo --beam 4 < sentences.txt");

  CLI::App* explain_app = app.add_subcommand("explain", "Show which source words each target word looked at");
  ExplainOptions explain_options(*explain_app);

  EvaluateCommand evaluate_command;
  CLI::App* evaluate_app = app.add_subcommand("evaluate", "Score a model on sentence pairs");
  add_model_argument(*evaluate_app, evaluate_command.model);
  add_data_options(*evaluate_app, evaluate_command.data);
  for (const char* option : {"--reverse", "--max-words", "--limit"})
    evaluate_app->get_option(option)->needs(evaluate_app->get_option("--pairs"));
  add_search(*evaluate_app, evaluate_command.beam, evaluate_command.max_output);
  add_threads(*evaluate_app, evaluate_command.threads, "One a processor unless given");
  evaluate_app->add_flag("--json", evaluate_command.json, "One JSON object");
  evaluate_app->footer(
      "Without --pairs: on new sentences of the built-in language, and whether the model\n"
      "looks where the words come from.\n"
      "Examples:\n"
      "  translate evaluate out/mine --pairs TEST.tsv\n"
      "  translate evaluate out/demo");

  TrainCommand train_command;
  ExplainCommand explain_command;
  return glance::run_program(
      app, argc, argv,
      [&] {
        if (app.get_subcommands().empty())
          throw CLI::ValidationError("a command is missing", "train, translate, explain or evaluate");
        if (*train_app) train_command = train_options.command();
        if (*explain_app) explain_command = explain_options.command();
      },
      [&] {
        if (*train_app) return train(train_command);
        if (*translate_app) translate(translate_command);
        if (*explain_app) explain(explain_command);
        if (*evaluate_app) evaluate(evaluate_command);
        return 0;
      });
}
