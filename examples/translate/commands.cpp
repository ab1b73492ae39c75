// The commands translate and evaluate: what they read, run and print.
#include "examples/translate/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "examples/common/terminal.h"
#include "examples/common/text.h"
#include "examples/common/training_folder.h"
#include "examples/common/version.h"
#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/grammar.h"
#include "examples/translate/lines.h"
#include "examples/translate/sentence.h"
#include "examples/translate/story.h"
#include "examples/translate/what_if.h"
#include "glance/nn/processors.h"

namespace glance::seq2seq {

namespace {

using nlohmann::ordered_json;

// A sentence that went wrong, in words.
struct Mistake {
  std::vector<std::string> source, right, written;
};

// Those whose translation is not the right one, in their order. A word of the right one that the vocabulary does not
// have cannot have been written.
std::vector<Mistake> mistakes_of(const std::vector<Pair>& pairs, const std::vector<Translation>& written,
                                 const Vocabulary& target) {
  std::vector<Mistake> mistakes;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (auto words = words_of(written[i], target); written[i].stopped || words != pairs[i].target)
      mistakes.push_back({pairs[i].source, pairs[i].target, std::move(words)});
  return mistakes;
}

ordered_json as_json(const std::vector<Mistake>& mistakes) {
  ordered_json list = ordered_json::array();
  for (const auto& [source, right, written] : mistakes)
    list.push_back({{"source", source}, {"right", right}, {"written", written}});
  return list;
}

void print_mistakes(const std::vector<Mistake>& mistakes, const TextOptions& text) {
  fmt::print("{} went wrong{}\n", mistakes.size(), mistakes.empty() ? "" : ":");
  for (const auto& [source, right, written] : mistakes)
    fmt::print("\n{}\n  right    {}\n  written  {}\n", to_text(source, text), to_text(right, text),
               to_text(written, text));
}

void print_story(const Story& story, const ModelOptions& model, bool json,
                 const std::optional<std::vector<Mistake>>& mistakes) {
  if (json) {
    ordered_json line{
        {"sentences", story.sentences}, {"exact", story.evaluation.exact}, {"bleu", story.evaluation.bleu}};
    if (story.looking) {
      line["articles"] = story.looking->articles;
      line["article_and_noun"] = story.looking->article_and_noun;
      line["article_noun"] = story.looking->article_noun;
      line["article_top"] = story.looking->article_top;
      line["participles"] = story.looking->participles;
      line["participle_verb"] = story.looking->participle_verb;
    }
    line["swapped"] = story.swapped;
    line["flipped"] = story.flipped;
    if (mistakes) line["mistakes"] = as_json(*mistakes);
    fmt::print("{}\n", line.dump());
    return;
  }
  fmt::print("{} new sentences of the built-in language: sentences {:.1f}%, BLEU {:.2f}\n", story.sentences,
             100 * story.evaluation.exact, story.evaluation.bleu);
  if (story.looking) {
    if (const std::string whose = name_of_weights(model); !whose.empty()) fmt::print("weights: {}\n", whose);
    const auto& [articles, participles, both, noun, top, verb] = *story.looking;
    fmt::print(
        "{} articles: weight on their article and noun {:.2f}, on the noun {:.2f}; most on one of the two {:.1f}%\n",
        articles, both, noun, 100 * top);
    fmt::print("{} participles: weight on their verb {:.2f}\n", participles, verb);
  }
  fmt::print("{} nouns replaced by one of the other gender: the article follows {:.1f}%\n", story.swapped,
             100 * story.flipped);
}

// Scores say little about sentences of another language.
void warn_if_unknown(const std::vector<Example>& examples, const char* question) {
  std::size_t unknown = 0, words = 0;
  for (const Example& example : examples) {
    words += example.source.size();
    unknown += static_cast<std::size_t>(std::count(example.source.begin(), example.source.end(), Vocabulary::unknown));
  }
  const double share = static_cast<double>(unknown) / static_cast<double>(std::max<std::size_t>(words, 1));
  if (share > 0.1)
    std::fprintf(stderr, "translate: the model does not know %.0f%% of the source words: %s\n", 100 * share, question);
}

// So many threads, or as many as there are processors to use.
Workers workers_of(int threads) { return Workers(threads > 0 ? threads : usable_processors()); }

// A line about how far scoring is.
Meanwhile shown_on(StatusLine& line, std::size_t pairs) {
  return [&line, pairs](double share) {
    line.show([&] { return fmt::format("scoring {} pairs: {:.0f}%", pairs, 100 * share); });
  };
}

void print_translation(const Outcome& outcome, const std::string& place, const Checkpoint& checkpoint, bool json) {
  const auto words = words_of(outcome.translation, checkpoint.target);
  warn(outcome, checkpoint, place);
  if (json) {
    ordered_json line{{"source", outcome.source}, {"target", words}, {"unknown", outcome.unknown}};
    line["log_probability"] = outcome.translation.log_probability;
    line["stopped"] = outcome.translation.stopped;
    fmt::print("{}\n", line.dump());
  } else {
    fmt::print("{}\n", to_text(words, checkpoint.text));
  }
}

}  // namespace

void translate(const TranslateCommand& command) {
  // At once: enough that batches are full and of like length, and few enough that the first answers come soon.
  const auto most = static_cast<std::size_t>(std::max<Index>(4096 / command.beam, 64));
  Checkpoint checkpoint = load_model(command.model, command.max_output);
  *checkpoint.model = without_heads(*checkpoint.model, command.hide_heads);
  Workers workers = workers_of(command.threads);
  Lines lines(command.sentences);
  for (auto next = lines.next(most); !next.empty(); next = lines.next(most)) {
    std::vector<Outcome> outcomes;
    std::exception_ptr failure;  // of a line; those before it are translated all the same
    try {
      for (const Line& line : next) at_line(line, [&] { outcomes.push_back(read_sentence(checkpoint, line.text)); });
    } catch (const Error&) {
      failure = std::current_exception();
    }
    translate_sentences(checkpoint, outcomes, workers, {.width = command.beam, .weights = false});
    for (std::size_t i = 0; i < outcomes.size(); ++i)
      print_translation(outcomes[i], next[i].place, checkpoint, command.json);
    if (failure) std::rethrow_exception(failure);
    flush_output();
  }
}

namespace {

// On sentences of the built-in language, of which the grammar knows where each word comes from.
void evaluate_on_builtin(const EvaluateCommand& command, const Checkpoint& checkpoint) {
  if (checkpoint.text.unit != Unit::words)
    throw Error(fmt::format("{}: was trained with --split {}, which the built-in language is not: give --pairs",
                            command.model, name_of(checkpoint.text.unit)));
  const std::vector<Sentence> sentences = unseen_sentences(1000);
  warn_if_unknown(encode(pairs(sentences), checkpoint.source, checkpoint.target),
                  "was it trained on the built-in language? If not, give --pairs");
  Workers workers = workers_of(command.threads);
  StatusLine status(stdout);
  const Story story =
      tell_story(checkpoint, sentences, workers, {.width = command.beam}, shown_on(status, sentences.size()));
  status.clear();
  std::optional<std::vector<Mistake>> mistakes;
  if (command.mistakes) mistakes = mistakes_of(pairs(sentences), story.written, checkpoint.target);
  print_story(story, checkpoint.model->options(), command.json, mistakes);
  if (mistakes && !command.json) print_mistakes(*mistakes, checkpoint.text);
}

// `which`: what to say of the pairs.
void evaluate_on_pairs(const EvaluateCommand& command, const Checkpoint& checkpoint, const std::vector<Pair>& pairs,
                       const char* which) {
  const auto examples = encode(pairs, checkpoint.source, checkpoint.target);
  warn_if_unknown(examples, "is --reverse right?");
  Workers workers = workers_of(command.threads);
  StatusLine status(stdout);
  std::vector<Translation> written;
  const Evaluation result = evaluate(*checkpoint.model, examples, checkpoint.target, workers, {.width = command.beam},
                                     shown_on(status, examples.size()), &written);
  status.clear();
  if (command.json) {
    ordered_json line{{"pairs", pairs.size()}, {"loss", result.loss}, {"token_accuracy", result.token_accuracy}};
    line["exact"] = result.exact;
    line["bleu"] = result.bleu;
    line["bleu_order"] = result.bleu_order;
    if (command.mistakes) line["mistakes"] = as_json(mistakes_of(pairs, written, checkpoint.target));
    fmt::print("{}\n", line.dump());
    return;
  }
  const std::string_view units = plural(checkpoint.text.unit);
  fmt::print("{} pairs{}: loss {:.4f}, {} {:.1f}%, sentences {:.1f}%, BLEU {:.2f}{}\n", pairs.size(), which,
             result.loss, units, 100 * result.token_accuracy, 100 * result.exact, result.bleu,
             result.bleu_order < 4 ? fmt::format(" of runs of up to {} {}", result.bleu_order, units) : "");
  if (command.mistakes) print_mistakes(mistakes_of(pairs, written, checkpoint.target), checkpoint.text);
}

// What the training of the model held out of pairs of people's own; nothing for the built-in language, or where the
// model's folder does not know its training. Error when the pairs are not at hand any more.
std::vector<Pair> own_held_out(const std::string& model) {
  std::error_code error;
  const TrainingFolder folder{model};
  if (!std::filesystem::exists(folder.last(), error)) return {};
  const Checkpoint last = load_checkpoint(folder.last());
  if (!last.training || data_options(last.training->data).pairs.empty()) return {};
  std::vector<Pair> pairs;
  try {
    pairs = held_out_pairs(last.training->data, last.training->options.seed);
  } catch (const Error& problem) {
    throw Error(fmt::format("{}: the pairs of its training are not at hand: give --pairs: {}", model, problem.what()));
  }
  if (pairs.empty()) throw Error(fmt::format("{}: its training held out no pairs: give --pairs", model));
  return pairs;
}

}  // namespace

void evaluate(const EvaluateCommand& command) {
  const Checkpoint checkpoint = load_model(command.model, command.max_output);
  warn_of_slow_kernels("translate");
  if (!command.data.pairs.empty()) {
    DataOptions options = command.data;
    options.held_out = 0;
    options.text = checkpoint.text;
    evaluate_on_pairs(command, checkpoint, load_data(options, 0).pairs.train, "");
  } else if (const auto held_out = own_held_out(command.model); !held_out.empty()) {
    evaluate_on_pairs(command, checkpoint, held_out, " that its training held out");
  } else {
    evaluate_on_builtin(command, checkpoint);
  }
}

}  // namespace glance::seq2seq
