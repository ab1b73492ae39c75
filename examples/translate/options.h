#pragma once

#include <CLI/CLI.hpp>
#include <string>
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

}  // namespace glance::seq2seq
