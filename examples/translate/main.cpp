// Trains a translator with attention, translates with it, and shows what it looks at.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "examples/common/command_line.h"
#include "examples/common/help_lines.h"
#include "examples/common/normalise.h"
#include "examples/common/number_options.h"
#include "examples/common/version.h"
#include "examples/translate/commands.h"
#include "examples/translate/train.h"

namespace {

using namespace glance::seq2seq;
using glance::as_given;
using glance::Index;
using glance::not_empty;
using glance::parse_number;
using glance::unit_of;
using glance::whole;

constexpr const char* examples_text =
    "Examples:\n"
    "  translate train --out out/demo                   on the built-in language\n"
    "  translate train --pairs FILE.tsv --out out/mine  on pairs of your own\n"
    "  translate train --resume --out out/mine          go on where it stopped\n"
    "  translate translate out/demo \"the cat ate the apple\"\n"
    "  translate explain out/demo \"the cat ate the apple\"\n"
    "  translate evaluate out/mine --pairs TEST.tsv\n"
    "\"translate train --help\" and so on say more.";

// An option that overrides a recommendation only where it was given.
template <class T>
struct Override {
  std::optional<T> given;
  void apply(T& value) const {
    if (given) value = *given;
  }
};

void add_data_options(CLI::App& app, DataOptions& data) {
  app.add_option("--pairs", data.pairs, "Pairs, one a line: source, tab, target")
      ->option_text("FILE.tsv")
      ->transform(not_empty());
  app.add_flag("--reverse", data.reverse, "Translate from the second column to the first");
  app.add_option("--max-words", data.max_words, "Leave out pairs with a longer side")
      ->option_text("N")
      ->transform(whole(1, 1000000));
  app.add_option("--limit", data.limit, "Use the first N pairs")->option_text("N")->transform(whole(1, 1000000000));
}

void add_threads(CLI::App& app, int& threads, const char* text) {
  app.add_option("--threads", threads, text)->option_text("N")->transform(whole(1, 1024));
}

void add_max_output(CLI::App& app, Index& most, const char* text) {
  app.add_option("--max-output", most, text)->option_text("N")->transform(whole(1, 1000000));
}

// The names of Decay, in its order.
const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names = {"constant", "linear", "cosine", "inverse-square-root"};
  return names;
}

// The options of `train`, kept apart from the command they fill in, because recommendations come in between.
class TrainOptions {
 public:
  explicit TrainOptions(CLI::App& app) : app_(app) {
    for (TrainCommand* command : {&transformer_builtin_, &transformer_own_})
      command->model.model = ModelKind::transformer;
    for (TrainCommand* command : {&builtin_, &transformer_builtin_}) recommend_for_builtin(*command);
    for (TrainCommand* command : {&own_, &transformer_own_}) recommend_for_pairs(*command);
    add_pairs();
    add_model();
    add_recurrent();
    add_transformer();
    add_training();
    taken_from_checkpoint_ = app.get_options([](const CLI::Option* o) { return o->get_name() != "--help"; });
    add_run();
  }

  // Throws CLI::ParseError for options that contradict each other.
  TrainCommand command() const {
    check();
    TrainCommand result = command_;
    if (app_.count("--watch") > 0) result.watch = watch_;
    result.data.text.unit = unit_of(unit_);
    result.model.model = static_cast<ModelKind>(number_of(model_, model_names));
    (result.data.pairs.empty() ? recommend_for_builtin : recommend_for_pairs)(result);
    result.model.attention = attention_;
    result.model.cell = cell_choice(cell_);
    result.model.bidirectional = bidirectional_;
    hidden_.apply(result.model.hidden);
    heads_.apply(result.model.heads);
    feed_forward_.apply(result.model.feed_forward);
    if (!positions_.empty())
      result.model.positions = static_cast<glance::PositionKind>(number_of(positions_, glance::position_names));
    if (!norm_.empty()) result.model.norm_first = norm_ == "pre";
    embedding_.apply(result.model.embedding);
    layers_.apply(result.model.layers);
    dropout_.apply(result.model.dropout);
    epochs_.apply(result.training.epochs);
    batch_.apply(result.training.batch);
    rate_.apply(result.training.learning_rate);
    const auto& names = schedule_names();
    result.training.schedule =
        static_cast<glance::Decay>(std::find(names.begin(), names.end(), schedule_) - names.begin());
    if (warmup_) result.training.warmup_steps = *warmup_;
    beta2_.apply(result.training.beta2);
    clip_.apply(result.training.clip);
    smoothing_.apply(result.training.label_smoothing);
    shards_.apply(result.training.shards);
    seed_.apply(result.training.seed);
    result.model.places = 1;  // what the pairs need is known when they are read
    if (const auto problem = problem_of(result.model))
      throw CLI::ValidationError(result.model.model == ModelKind::transformer ? "--heads" : "--hidden", *problem);
    return result;
  }

 private:
  void add_pairs() {
    add_data_options(app_, command_.data);
    app_.add_option("--test", command_.data.test, "Pairs to score on")->option_text("FILE.tsv")->transform(not_empty());
    app_.add_option("--held-out", command_.data.held_out,
                    fmt::format("Or a share of --pairs to score on ({})", command_.data.held_out))
        ->option_text("SHARE")
        ->transform(glance::real(0, 0.9));
    app_.add_option("--min-count", command_.data.min_count, "Words seen less often are unknown (1)")
        ->option_text("N")
        ->transform(whole(1, 1000000000));
    app_.add_option("--split", unit_, "What a sentence is made of (words)")
        ->option_text("words|spaces|characters")
        ->check(CLI::IsMember({"words", "spaces", "characters"}));
    app_.add_flag("--keep-case", command_.data.text.keep_case, "\"Paris\" is not \"paris\"");
    group("Pairs (none: the built-in English-French language)");
  }

  void add_model() {
    names("--model", model_, "What it is made of", model_names);
    number("--embedding", embedding_, "Width of the word vectors", of_model(&ModelOptions::embedding));
    number("--layers", layers_, "Layers of encoder and decoder", of_model(&ModelOptions::layers), 64);
    add_max_output(app_, command_.max_output, "Most words of a translation (what the pairs need)");
    real("--dropout", dropout_, "Activations dropped", of_model(&ModelOptions::dropout), 0, 0.95);
    group("Model (defaults: built-in; for --pairs | those of the Transformer)");
  }

  void add_recurrent() {
    choice("--attention", attention_, "How the decoder looks back", attention_choices());
    choice("--cell", cell_, "Recurrent cell", cell_choices());
    app_.add_flag("--bidirectional", bidirectional_, "The encoder reads both ways, each with half of --hidden");
    number("--hidden", hidden_, "Width of the states", {builtin_.model.hidden, own_.model.hidden});
    of_recurrent_ = group("Of --model recurrent");
  }

  void add_transformer() {
    const ModelOptions &builtin = transformer_builtin_.model, &own = transformer_own_.model;
    number("--heads", heads_, "Heads of each attention", {builtin.heads, own.heads}, 1024);
    number("--feed-forward", feed_forward_, "Hidden numbers of each network", {builtin.feed_forward, own.feed_forward});
    const auto& position_names = glance::position_names;
    names("--positions", positions_, "How it knows where words stand", position_names,
          position_names[static_cast<std::size_t>(builtin.positions)]);
    names("--norm", norm_, "Before each part, or after it", std::array<const char*, 2>{"pre", "post"},
          builtin.norm_first ? "pre" : "post");
    of_transformer_ = group("Of --model transformer");
  }

  void add_training() {
    const auto& builtin = builtin_.training;
    number("--epochs", epochs_, "Passes over the pairs", of_training(&TrainingOptions::epochs));
    number("--batch", batch_, "Pairs a step", of_training(&TrainingOptions::batch));
    real("--rate", rate_, "Adam's rate at its highest", of_training(&TrainingOptions::learning_rate), 1e-9, 10);
    real("--beta2", beta2_, "Adam's share of the older squared gradients", of_training(&TrainingOptions::beta2), 0,
         0.999999);
    app_.add_option("--schedule", schedule_, "How the rate falls after it has risen (linear)")
        ->option_text("constant|linear|cosine|inverse-square-root")
        ->check(CLI::IsMember(schedule_names()));
    app_.add_option("--warmup", warmup_,
                    fmt::format("Steps over which it rises ({:.0f}% of all)", 100 * builtin.warmup))
        ->option_text("STEPS")
        ->transform(whole(0, 1000000000));
    real("--clip", clip_, "Largest norm of a gradient", of_training(&TrainingOptions::clip), 1e-9, 1e9);
    real("--label-smoothing", smoothing_, "Share of a target for all words",
         of_training(&TrainingOptions::label_smoothing), 0, 0.9);
    number("--shards", shards_, "Parts of a batch that threads take", of_training(&TrainingOptions::shards), 1024);
    app_.add_option("--seed", seed_.given, fmt::format("Decides all that is random ({})", builtin.seed))
        ->option_text("N")
        ->transform(whole(0));
    app_.add_option("--validate-every", command_.training.validate_every,
                    "Steps from one scoring to the next (an epoch)")
        ->option_text("STEPS")
        ->transform(whole(1, 1000000000));
    app_.add_option("--patience", command_.training.patience, "End after N scorings in a row without a better one")
        ->option_text("N")
        ->transform(whole(1, 1000000));
    group("Training (the same options give the same bits)");
  }

  void add_run() {
    app_.add_option("--out", command_.out, fmt::format("For best, last and log.jsonl ({})", command_.out))
        ->option_text("DIR")
        ->transform(not_empty());
    app_.add_option("--report", command_.report, "A page about the training, to be opened in a browser")
        ->option_text("FILE.html")
        ->transform(not_empty());
    app_.add_option("--watch", watch_, "Show its attention meanwhile; none: a held-out one")
        ->option_text("[SENTENCE]")
        ->expected(0, 1)
        ->transform(as_given());
    app_.add_flag("--resume", command_.resume, "Go on in --out, exactly; with --pairs if they were moved");
    app_.add_flag("--overwrite", command_.overwrite, "Start anew although --out holds a training");
    add_threads(app_, command_.threads, "One a shard unless given; same result");
    group("Run");
  }

  void check() const {
    if (!command_.data.test.empty() && app_.count("--held-out") > 0)
      throw CLI::ValidationError("--test and --held-out", "which pairs to score on? Leave one out");
    if (app_.count("--watch") > 0 && attention_ == "none")
      throw CLI::ValidationError("--watch", "without attention there is nothing to look at");
    const bool recurrent = model_ == model_names[0];
    for (const CLI::Option* option : recurrent ? of_transformer_ : of_recurrent_)
      if (option->count() > 0 && !command_.resume)
        throw CLI::ValidationError(option->get_name(), fmt::format("is for --model {}, and this is --model {}",
                                                                   model_names[recurrent ? 1 : 0], model_));
    if (!command_.data.test.empty() && command_.data.pairs.empty() && !command_.resume)
      throw CLI::ValidationError("--test", "is for training on --pairs");
    if (!command_.resume) return;
    if (command_.overwrite)
      throw CLI::ValidationError("--resume and --overwrite", "go on or start anew? Leave one out");
    for (const CLI::Option* option : taken_from_checkpoint_)
      if (option->count() > 0 && option->get_name() != "--pairs" && option->get_name() != "--test")
        throw CLI::ValidationError(option->get_name(), "--resume goes on with what the training began with");
  }

  // Recommendations of one option, for the built-in language and for pairs, first those of the recurrent models; those
  // of the Transformer, where it has the option too.
  template <class T>
  struct Defaults {
    T builtin, own;
    std::optional<T> transformer_builtin = {}, transformer_own = {};

    // As the help shows them.
    std::string text() const {
      const auto both = [](T a, T b) { return a == b ? fmt::format("{}", a) : fmt::format("{}; {}", a, b); };
      if (!transformer_builtin || (builtin == *transformer_builtin && own == *transformer_own))
        return both(builtin, own);
      return fmt::format("{} | {}", both(builtin, own), both(*transformer_builtin, *transformer_own));
    }
  };

  template <class T>
  Defaults<T> of_model(T ModelOptions::*option) const {
    return {builtin_.model.*option, own_.model.*option, transformer_builtin_.model.*option,
            transformer_own_.model.*option};
  }
  template <class T>
  Defaults<T> of_training(T TrainingOptions::*option) const {
    return {builtin_.training.*option, own_.training.*option, transformer_builtin_.training.*option,
            transformer_own_.training.*option};
  }

  // Which of the names of an enumeration it is.
  template <std::size_t n>
  static std::size_t number_of(const std::string& name, const std::array<const char*, n>& all) {
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin());
  }

  // An option whose values are the names of an enumeration.
  template <std::size_t n>
  void names(const char* name, std::string& value, const char* text, const std::array<const char*, n>& all,
             const std::string& usual = {}) {
    app_.add_option(name, value, fmt::format("{} ({})", text, usual.empty() ? value : usual))
        ->option_text(fmt::format("{}", fmt::join(all, "|")))
        ->check(CLI::IsMember(std::vector<std::string>(all.begin(), all.end())));
  }

  // An option whose values are the names in a table of kinds.
  template <class Choice>
  void choice(const char* name, std::string& value, const char* text, std::span<const Choice> choices) {
    std::vector<std::string> names;
    for (const Choice& each : choices) names.push_back(each.name);
    app_.add_option(name, value, fmt::format("{} ({})", text, value))
        ->option_text(names_of(choices))
        ->check(CLI::IsMember(names));
  }

  template <class T>
  void number(const char* name, Override<T>& value, const char* text, const Defaults<T>& defaults,
              std::type_identity_t<T> most = 1000000) {
    app_.add_option(name, value.given, fmt::format("{} ({})", text, defaults.text()))
        ->option_text("N")
        ->transform(whole(1, static_cast<std::uint64_t>(most)));
  }

  void real(const char* name, Override<double>& value, const char* text, const Defaults<double>& defaults, double least,
            double most) {
    app_.add_option(name, value.given, fmt::format("{} ({})", text, defaults.text()))
        ->option_text("X")
        ->transform(glance::real(least, most));
  }

  // Puts the options added since the last group under a heading of the help, and gives them back.
  std::vector<const CLI::Option*> group(const char* heading) {
    std::vector<const CLI::Option*> added;
    for (CLI::Option* option : app_.get_options())
      if (option->get_name() != "--help" && option->get_group() == app_.get_help_ptr()->get_group()) {
        option->group(heading);
        added.push_back(option);
      }
    return added;
  }

  CLI::App& app_;
  TrainCommand command_, builtin_, own_, transformer_builtin_, transformer_own_;
  bool bidirectional_ = false;
  std::string model_ = model_names[0], positions_, norm_;
  std::string attention_ = "dot", cell_ = "lstm", watch_, unit_ = "words", schedule_ = "linear";
  std::optional<Index> warmup_;
  Override<Index> hidden_, embedding_, epochs_, batch_, heads_, feed_forward_;
  Override<int> layers_, shards_;
  Override<double> dropout_, rate_, beta2_, clip_, smoothing_;
  Override<std::uint64_t> seed_;
  std::vector<CLI::Option*> taken_from_checkpoint_;
  std::vector<const CLI::Option*> of_recurrent_, of_transformer_;
};

void add_model_argument(CLI::App& app, std::string& model) {
  app.add_option("MODEL", model, "A checkpoint, or the folder of a training")
      ->option_text(" ")
      ->required()
      ->transform(not_empty());
}

void add_sentences(CLI::App& app, std::vector<std::string>& sentences, bool& json) {
  app.add_option("SENTENCE", sentences, "Each in quotes; none: lines from standard input")
      ->option_text(" ")
      ->transform(as_given());
  app.add_flag("--json", json, "One JSON object a sentence");
}

// How a translation is looked for.
void add_search(CLI::App& app, Index& beam, Index& max_output) {
  app.add_option("--beam", beam, "Hypotheses kept; 1 takes the likeliest word (1)")
      ->option_text("N")
      ->transform(whole(1, 1000));
  add_max_output(app, max_output, "Most words of a translation (as the model has it)");
}

// The options of `explain`, and what contradicts what.
class ExplainOptions {
 public:
  explicit ExplainOptions(CLI::App& app) : app_(app) {
    add_model_argument(app, command_.model);
    add_sentences(app, command_.sentences, command_.json);
    add_search(app, command_.beam, command_.max_output);
    place("--word", command_.word, "Only target word N, counted from 1, <end> too");
    app.add_flag("--steps", command_.steps, "The three steps in numbers; with --word in full");
    place("--hide", command_.hide, "What changes if attention may not see source word N");
    app.add_option("--swap", swap_, "What changes if source word N is another")
        ->option_text("N=WORD")
        ->check(CLI::Validator([](std::string& text) { return parse_swap(text) ? "" : not_a_swap(text); }, ""));
    app.add_option("--attention", attention_, "Of a Transformer: which attention (cross)")
        ->option_text("cross|encoder|decoder")
        ->check(CLI::IsMember(std::vector<std::string>(attention_place_names.begin(), attention_place_names.end())));
    place("--layer", command_.layer, "Of a Transformer: layer N (the last)");
    place("--head", command_.head, "Of a Transformer: head N alone (the mean over heads)");
    app.add_option("--svg", command_.svg, "Save the picture, too")->option_text("FILE.svg")->transform(not_empty());
    app.add_option("--graph", command_.graph, "Save the graph that training would differentiate, for Graphviz")
        ->option_text("FILE.dot")
        ->transform(not_empty());
    app.footer(
        "Examples:\n"
        "  translate explain out/demo \"the cat ate the apple\"\n"
        "  translate explain out/demo \"the cat ate the apple\" --steps --word 5\n"
        "  translate explain out/demo \"the cat ate the apple\" --hide 5\n"
        "  translate explain out/demo \"the cat ate the apple\" --swap 5=bread\n"
        "  translate explain out/transformer \"the cat ate the apple\" --attention encoder --layer 1 --head 2");
  }

  // Throws CLI::ParseError for options that contradict each other.
  ExplainCommand command() const {
    const auto given = [&](const char* option) { return app_.count(option) > 0; };
    if (given("--hide") && given("--swap"))
      throw CLI::ValidationError("--hide and --swap", "one change at a time. Leave one out");
    for (const char* change : {"--hide", "--swap"})
      for (const char* option : {"--steps", "--word", "--svg", "--attention", "--layer", "--head"})
        if (given(change) && given(option))
          throw CLI::ValidationError(fmt::format("{} and {}", change, option),
                                     "what changes, or how it was made? Leave one out");
    for (const char* option : {"--attention", "--layer", "--head"})
      if (given("--json") && given(option))
        throw CLI::ValidationError(fmt::format("--json and {}", option),
                                   "the object has every layer and head. Leave one out");
    for (const char* file : {"--svg", "--graph"})
      if (given(file) && command_.sentences.size() != 1)
        throw CLI::ValidationError(file, "one file shows one sentence: give one, in quotes");
    ExplainCommand result = command_;
    if (given("--swap")) result.swap = parse_swap(swap_);
    if (given("--attention"))
      result.attention = static_cast<AttentionPlace>(
          std::find(attention_place_names.begin(), attention_place_names.end(), attention_) -
          attention_place_names.begin());
    return result;
  }

 private:
  void place(const char* name, std::optional<std::size_t>& value, const char* text) {
    app_.add_option(name, value, text)->option_text("N")->transform(whole(1, 1000000));
  }

  static std::optional<ExplainCommand::Swap> parse_swap(const std::string& text) {
    const auto sign = text.find('=');
    if (sign == std::string::npos || sign + 1 == text.size()) return {};
    const auto number = parse_number<std::size_t>(std::string_view(text).substr(0, sign));
    if (!number || *number > 1000000) return {};
    return ExplainCommand::Swap{*number, text.substr(sign + 1)};
  }

  static std::string not_a_swap(const std::string& text) {
    return fmt::format("{} is not a number, = and a word, such as 2=dog", glance::detail::in_quotes(text));
  }

  CLI::App& app_;
  ExplainCommand command_;
  std::string swap_, attention_;
};

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
