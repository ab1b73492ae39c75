#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "examples/common/normalise.h"
#include "examples/translate/options.h"
#include "examples/translate/train.h"

// The command line of `translate train`.
namespace glance::seq2seq {

// An option that overrides a recommendation only where it was given.
template <class T>
struct Override {
  std::optional<T> given;
  void apply(T& value) const {
    if (given) value = *given;
  }
};

// The names of Decay, in its order.
inline const std::vector<std::string>& schedule_names() {
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
    app_.add_option("--average", command_.training.average,
                    "Also score and keep the mean of the weights at the last N scorings (none)")
        ->option_text("N")
        ->transform(whole(2, static_cast<std::uint64_t>(most_averaged)));
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
    add_rank_timeout(app_, command_.rank_timeout);
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

}  // namespace glance::seq2seq
