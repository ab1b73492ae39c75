// Trains a GPT in the small on a text, lets it write, and shows what each letter looked at.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "examples/common/command_line.h"
#include "examples/common/help_lines.h"
#include "examples/common/job.h"
#include "examples/common/number_options.h"
#include "examples/common/shell.h"
#include "examples/common/version.h"
#include "examples/letters/explain.h"
#include "examples/letters/train.h"
#include "examples/letters/write.h"

namespace {

using namespace glance::gpt;
using glance::whole;

// Options of `train`.
class TrainOptions {
 public:
  explicit TrainOptions(CLI::App& app) : app_(app) {
    add_text();
    add_model();
    add_training();
    taken_from_checkpoint_ = app.get_options([](const CLI::Option* o) { return o->get_name() != "--help"; });
    add_run();
    app.footer(
        "Examples:\n"
        "  letters train                            on sentences of its own\n"
        "  letters train --text FILE --out out/mine\n"
        "  letters train --resume --out out/mine    go on where it stopped");
  }

  // Throws CLI::ParseError for options that contradict each other.
  TrainCommand command() const {
    if (command_.resume) {
      if (command_.overwrite)
        throw CLI::ValidationError("--resume and --overwrite", "go on or start anew? Leave one out");
      for (const CLI::Option* option : taken_from_checkpoint_)
        if (option->count() > 0 && option->get_name() != "--text")
          throw CLI::ValidationError(option->get_name(), "--resume goes on with what the training began with");
    }
    TrainCommand result = command_;
    result.book.split = split_ == "bytes" ? Split::bytes : Split::characters;
    result.book.seed = result.training.seed;
    result.model.positions = static_cast<glance::PositionKind>(place_of(positions_, position_names()));
    result.training.schedule = static_cast<glance::Decay>(place_of(schedule_, schedule_names()));
    result.model.symbols = 1;  // until the text is read
    if (const auto problem = problem_of(result.model)) throw CLI::ValidationError("--width", *problem);
    return result;
  }

 private:
  static std::vector<std::string> position_names() {
    return {glance::position_names.begin(), glance::position_names.end()};
  }
  static std::vector<std::string> schedule_names() { return {"constant", "linear", "cosine", "inverse-square-root"}; }

  static std::ptrdiff_t place_of(const std::string& name, const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) - names.begin();
  }

  void add_text() {
    app_.add_option("--text", command_.book.file, "A file in UTF-8 (none: French sentences of the built-in language)")
        ->option_text("FILE")
        ->transform(glance::not_empty());
    app_.add_option("--split", split_, "What a letter is (characters)")
        ->option_text("characters|bytes")
        ->check(CLI::IsMember({"characters", "bytes"}));
    real("--held-out", command_.book.held_out, "Share of the text, its end, to score on", 0, 0.9);
    app_.add_flag("--shuffle-lines", command_.book.shuffle_lines, "First put the lines in random order, as of a list");
    group("Text");
  }

  void add_model() {
    number("--layers", command_.model.layers, "Blocks, one after the other", 256);
    number("--heads", command_.model.heads, "Attentions side by side in each block", 1024);
    number("--width", command_.model.width, "Numbers that stand for a letter", 65536);
    number("--context", command_.model.context, "Letters that it sees at once", 65536);
    app_.add_option("--positions", positions_, "How it knows where a letter stands (learned)")
        ->option_text("learned|sinusoidal|rotary|none")
        ->check(CLI::IsMember(position_names()));
    real("--dropout", command_.model.dropout, "Activations dropped", 0, 0.95);
    group("Model");
  }

  void add_training() {
    auto& t = command_.training;
    number("--steps", t.steps, "Steps of training", 1000000000);
    number("--batch", t.batch, "Windows of the text a step", 1000000);
    real("--learning-rate", t.learning_rate, "AdamW's rate at its highest", 1e-9, 10);
    number("--warmup", t.warmup, "Steps over which the rate rises", 1000000000, 0);
    app_.add_option("--schedule", schedule_, "How it falls then, to a tenth (cosine)")
        ->option_text("constant|linear|cosine|inverse-square-root")
        ->check(CLI::IsMember(schedule_names()));
    real("--beta2", t.beta2, "How long AdamW remembers squares", 0, 0.99999);
    real("--weight-decay", t.weight_decay, "Of matrices, in AdamW", 0, 10);
    real("--clip", t.clip, "Largest norm of a gradient", 1e-9, 1e9);
    number("--shards", t.shards, "Parts of a batch that threads take", 1024);
    number("--seed", t.seed, "Decides all that is random", glance::any_number, 0);
    app_.add_option("--validate-every", t.validate_every, "Steps from one scoring to the next (a fifth of all)")
        ->option_text("STEPS")
        ->transform(whole(1, 1000000000));
    app_.add_option("--patience", t.patience, "End after N scorings in a row without a better one")
        ->option_text("N")
        ->transform(whole(1, 1000000));
    app_.add_option("--average", t.average, "Also score and keep the mean of the weights at the last N scorings (none)")
        ->option_text("N")
        ->transform(whole(2, 1000));
    group("Training (the same options give the same bits)");
  }

  void add_run() {
    app_.add_option("--out", command_.out, fmt::format("For best, last and log.jsonl ({})", command_.out))
        ->option_text("DIR")
        ->transform(glance::not_empty());
    app_.add_flag("--resume", command_.resume, "Go on in --out, exactly; with --text if it was moved");
    app_.add_flag("--overwrite", command_.overwrite, "Start anew although --out holds a training");
    app_.add_option("--threads", command_.threads, "One a shard unless given; same result")
        ->option_text("N")
        ->transform(whole(1, 1024));
    glance::add_rank_timeout(app_, command_.rank_timeout);
    group("Run");
  }

  template <class T>
  void number(const char* name, T& value, const char* text, std::uint64_t most, std::uint64_t least = 1) {
    app_.add_option(name, value, fmt::format("{} ({})", text, value))->option_text("N")->transform(whole(least, most));
  }

  void real(const char* name, double& value, const char* text, double least, double most) {
    app_.add_option(name, value, fmt::format("{} ({})", text, value))
        ->option_text("X")
        ->transform(glance::real(least, most));
  }

  // Puts the options added since the last group under a heading of the help.
  void group(const char* heading) {
    for (CLI::Option* option : app_.get_options())
      if (option->get_name() != "--help" && option->get_group() == app_.get_help_ptr()->get_group())
        option->group(heading);
  }

  CLI::App& app_;
  TrainCommand command_;
  std::string split_ = "characters", positions_ = "learned", schedule_ = "cosine";
  std::vector<CLI::Option*> taken_from_checkpoint_;
};

void add_model_argument(CLI::App& app, std::string& model) {
  app.add_option("MODEL", model, "A checkpoint, or the folder of a training")
      ->option_text(" ")
      ->required()
      ->transform(glance::not_empty());
}

void add_write(CLI::App& app, WriteCommand& command) {
  add_model_argument(app, command.model);
  app.add_option("PROMPT", command.prompt, "What the text begins with; none: a new line")
      ->option_text(" ")
      ->transform(glance::as_given());
  const auto number = [&app](const char* name, auto& value, const char* text, std::uint64_t least, std::uint64_t most) {
    app.add_option(name, value, text)->option_text("N")->transform(whole(least, most));
  };
  number("--length", command.length, "Letters after the prompt (500)", 0, 1000000000);
  app.add_option("--temperature", command.sampling.temperature,
                 "Below 1 likely letters gain, above 1 unlikely ones; 0 takes the likeliest (1)")
      ->option_text("X")
      ->transform(glance::real(0, 1000));
  number("--top-k", command.sampling.top_k, "Only the N likeliest letters (all)", 1, 1000000000);
  app.add_option("--top-p", command.sampling.top_p, "Only the likeliest letters that together come to P (1)")
      ->option_text("P")
      ->transform(glance::real(1e-9, 1));
  number("--seed", command.seed, "Decides what is drawn (1)", 0, glance::any_number);
  number("--slide", command.slide,
         "Letters by which a full window moves at once: more are faster, with a little less in sight (1)", 1, 1000000);
  app.add_flag("--json", command.json, "One JSON object, when all is written");
  app.footer(
      "Examples:\n"
      "  letters write out/letters\n"
      "  letters write out/letters \"Once upon\" --temperature 0.8 --top-k 20 --length 1000");
}

void add_explain(CLI::App& app, ExplainCommand& command) {
  add_model_argument(app, command.model);
  app.add_option("TEXT", command.text, "What it is to read, in quotes")
      ->option_text(" ")
      ->required()
      ->transform(glance::not_empty());
  app.add_option("--layer", command.layer, "Only layer N, counted from 1 (the mean of all)")
      ->option_text("N")
      ->transform(whole(1, 1000000));
  app.add_option("--head", command.head, "Only head N, counted from 1 (the mean of all)")
      ->option_text("N")
      ->transform(whole(1, 1000000));
  app.add_option("--svg", command.svg, "Save the picture, too")
      ->option_text("FILE.svg")
      ->transform(glance::not_empty());
  app.add_flag("--json", command.json, "One JSON object");
  app.footer(
      "Examples:\n"
      "  letters explain out/letters \"the cat\"\n"
      "  letters explain out/letters \"the cat\" --layer 2 --head 1 --svg cat.svg");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a GPT in the small on a text, lets it write, and shows what each letter looked at.", "letters");
  app.set_version_flag(
      "--version", [] { return glance::version_text("letters"); }, "Say which version this is, and what multiplies");
  glance::keep_help_lines(app);
  app.require_subcommand(0, 1);
  app.footer(
      "Examples:\n"
      "  letters train --text FILE --out out/letters\n"
      "  letters write out/letters \"Once upon\"\n"
      "  letters explain out/letters \"the cat\"\n"
      "\"letters train --help\" and so on say more.");

  CLI::App* train_app = app.add_subcommand("train", "Learn a text, of your own or built in");
  TrainOptions train_options(*train_app);

  WriteCommand write_command;
  CLI::App* write_app = app.add_subcommand("write", "Write a text, letter by letter");
  add_write(*write_app, write_command);

  ExplainCommand explain_command;
  CLI::App* explain_app = app.add_subcommand("explain", "Show which letters each one looked at");
  add_explain(*explain_app, explain_command);

  TrainCommand train_command;
  return glance::run_program(
      app, argc, argv,
      [&] {
        if (app.get_subcommands().empty())
          throw CLI::ValidationError("a command is missing", "train, write or explain");
        if (*train_app) train_command = train_options.command();
        train_command.program = glance::program_called(argv[0]);
      },
      [&] {
        if (*train_app)
          return glance::run_in_job("letters", train_command.rank_timeout,
                                    [&](const glance::Ranks& ranks) { return train(train_command, ranks); });
        if (*write_app) write(write_command);
        if (*explain_app) explain(explain_command);
        return 0;
      });
}
