#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "examples/common/command_line.h"
#include "examples/common/number_options.h"
#include "examples/translate/commands.h"

// Options that several commands have.
namespace glance::seq2seq {

inline void add_data_options(CLI::App& app, DataOptions& data) {
  app.add_option("--pairs", data.pairs, "Pairs, one a line: source, tab, target")
      ->option_text("FILE.tsv")
      ->transform(not_empty());
  app.add_flag("--reverse", data.reverse, "Translate from the second column to the first");
  app.add_option("--max-words", data.max_words, "Leave out pairs with a longer side")
      ->option_text("N")
      ->transform(whole(1, 1000000));
  app.add_option("--limit", data.limit, "Use the first N pairs")->option_text("N")->transform(whole(1, 1000000000));
}

inline void add_threads(CLI::App& app, int& threads, const char* text) {
  app.add_option("--threads", threads, text)->option_text("N")->transform(whole(1, 1024));
}

inline void add_max_output(CLI::App& app, Index& most, const char* text) {
  app.add_option("--max-output", most, text)->option_text("N")->transform(whole(1, 1000000));
}

inline void add_model_argument(CLI::App& app, std::string& model) {
  app.add_option("MODEL", model, "A checkpoint, or the folder of a training")
      ->option_text(" ")
      ->required()
      ->transform(not_empty());
}

inline void add_sentences(CLI::App& app, std::vector<std::string>& sentences, bool& json) {
  app.add_option("SENTENCE", sentences, "Each in quotes; none: lines from standard input")
      ->option_text(" ")
      ->transform(as_given());
  app.add_flag("--json", json, "One JSON object a sentence");
}

// How a translation is looked for.
inline void add_search(CLI::App& app, Index& beam, Index& max_output) {
  app.add_option("--beam", beam, "Hypotheses kept; 1 takes the likeliest word (1)")
      ->option_text("N")
      ->transform(whole(1, 1000));
  add_max_output(app, max_output, "Most words of a translation (as the model has it)");
}

// "cross:2.1", which is head 1 of layer 2 of the cross-attention. Nothing for other text.
inline std::optional<Head> parse_head(std::string_view text) {
  const auto colon = text.find(':'), dot = text.find('.', colon == text.npos ? 0 : colon);
  if (colon == text.npos || dot == text.npos) return {};
  const auto& names = attention_place_names;
  const auto place = std::find(names.begin(), names.end(), text.substr(0, colon));
  const auto layer = parse_number<std::size_t>(text.substr(colon + 1, dot - colon - 1));
  const auto head = parse_number<std::size_t>(text.substr(dot + 1));
  if (place == names.end() || layer.value_or(0) < 1 || head.value_or(0) < 1) return {};
  return Head{static_cast<AttentionPlace>(place - names.begin()), *layer - 1, *head - 1};
}

// Heads of a Transformer that are to say nothing; the option may be given several times.
inline void add_hidden_heads(CLI::App& app, std::vector<Head>& heads, const char* text) {
  app.add_option_function<std::vector<std::string>>(
         "--hide-head",
         [&heads](const std::vector<std::string>& given) {
           for (const std::string& each : given) heads.push_back(parse_head(each).value());
         },
         text)
      ->option_text("ATTENTION:LAYER.HEAD")
      ->allow_extra_args(false)
      ->check(CLI::Validator(
          [](std::string& given) {
            return parse_head(given) ? ""
                                     : fmt::format(
                                           "{} is not an attention, a layer and a head, such as cross:2.1 "
                                           "(cross, encoder or decoder)",
                                           glance::detail::shown_argument(given));
          },
          ""));
}

}  // namespace glance::seq2seq
