#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "examples/translate/options.h"

// The command line of `translate explain`.
namespace glance::seq2seq {

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
    add_hidden_heads(app, command_.hide_heads,
                     "Of a Transformer: what changes if a head says nothing, such as cross:2.1");
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
        "  translate explain out/transformer \"the cat ate the apple\" --attention encoder --layer 1 --head 2\n"
        "  translate explain out/transformer \"the cat ate the apple\" --hide-head cross:2.1");
  }

  // Throws CLI::ParseError for options that contradict each other.
  ExplainCommand command() const {
    const auto given = [&](const char* option) { return app_.count(option) > 0; };
    constexpr std::array<const char*, 3> changes = {"--hide", "--hide-head", "--swap"};
    for (std::size_t i = 0; i < changes.size(); ++i)
      for (std::size_t k = i + 1; k < changes.size(); ++k)
        if (given(changes[i]) && given(changes[k]))
          throw CLI::ValidationError(fmt::format("{} and {}", changes[i], changes[k]),
                                     "one change at a time. Leave one out");
    for (const char* change : changes)
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

}  // namespace glance::seq2seq
