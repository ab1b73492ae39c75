#include "examples/translate/commands.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/heatmap.h"
#include "examples/seq2seq/search.h"
#include "examples/seq2seq/terminal.h"
#include "examples/seq2seq/text.h"
#include "examples/translate/story.h"

namespace glance::seq2seq {

namespace {

using nlohmann::ordered_json;

constexpr const char* end_name = "<end>";

// Attention over a sentence takes memory by its square, and what is longer is no sentence.
constexpr std::size_t most_source_words = 1000;
constexpr std::size_t longest_line = 64 * 1024;

// A checkpoint; of a training's folder its best, or its last before the first epoch has ended.
Checkpoint load_model(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return load_checkpoint(path);
  const auto best = std::filesystem::path(path) / "best", last = std::filesystem::path(path) / "last";
  const bool only_last = !std::filesystem::exists(best, error) && std::filesystem::exists(last, error);
  return load_checkpoint((only_last ? last : best).string());
}

// A sentence as the model meets it, and what the model made of it.
struct Outcome {
  std::vector<std::string> source;
  std::vector<std::string> unknown;  // source words the model has never seen
  Translation translation;
};

Outcome run(const Checkpoint& checkpoint, const std::string& sentence, Index beam) {
  Outcome outcome;
  outcome.source = split_words(sentence);
  if (outcome.source.size() > most_source_words)
    throw Error(fmt::format("a sentence of {} words: at most {}, so cut it into shorter ones", outcome.source.size(),
                            most_source_words));
  std::vector<Index> numbers;
  for (const auto& word : outcome.source) {
    numbers.push_back(checkpoint.source.index(word));
    if (numbers.back() == Vocabulary::unknown) outcome.unknown.push_back(word);
  }
  if (numbers.empty()) return outcome;  // nothing says nothing
  const PaddedBatch batch = pad_sequences({{numbers}}, Vocabulary::pad);
  outcome.translation =
      beam == 1 ? greedy_search(*checkpoint.model, batch).front() : beam_search(*checkpoint.model, batch, beam).front();
  return outcome;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

void warn(const Outcome& outcome) {
  if (!outcome.unknown.empty())
    fmt::print(stderr, "translate: not in the model's vocabulary: {}\n", joined(outcome.unknown));
  if (outcome.translation.stopped)
    fmt::print(stderr, "translate: stopped after {} words without an end\n", outcome.translation.words.size());
}

// The next line of standard input, within bounded memory; false at the end.
bool read_line(std::string& line) {
  line.assign(longest_line + 1, '\0');
  std::cin.getline(line.data(), static_cast<std::streamsize>(line.size()));
  const auto taken = static_cast<std::size_t>(std::cin.gcount());
  if (std::cin.fail() && taken > 0) throw Error(fmt::format("longer than {} bytes: one sentence a line", longest_line));
  line.resize(std::cin.eof() || taken == 0 ? taken : taken - 1);  // without the line end
  return !std::cin.fail();
}

// Calls with each sentence of the command, or each line of standard input. Errors name the line.
void for_each_sentence(const TranslateCommand& command, const std::function<void(const std::string&)>& call) {
  if (!command.sentences.empty()) {
    for (const auto& sentence : command.sentences) call(sentence);
    return;
  }
  if (isatty(STDIN_FILENO)) fmt::print(stderr, "One sentence a line; Ctrl-D ends.\n");
  std::string line;
  for (std::size_t number = 1;; ++number) {
    try {
      if (!read_line(line)) break;
      call(line);
    } catch (const Error& error) {
      throw Error(fmt::format("standard input:{}: {}", number, error.what()));
    }
    std::fflush(stdout);
  }
}

void print_story(const Story& story, bool json) {
  const auto& [articles, participles, both, noun, top, verb] = story.looking;
  if (json) {
    ordered_json line{
        {"sentences", story.sentences}, {"exact", story.evaluation.exact}, {"bleu", story.evaluation.bleu}};
    line["articles"] = articles;
    line["article_and_noun"] = both;
    line["article_noun"] = noun;
    line["article_top"] = top;
    line["participles"] = participles;
    line["participle_verb"] = verb;
    line["swapped"] = story.swapped;
    line["flipped"] = story.flipped;
    fmt::print("{}\n", line.dump());
    return;
  }
  fmt::print("{} new sentences of the built-in language: sentences {:.1f}%, BLEU {:.2f}\n", story.sentences,
             100 * story.evaluation.exact, story.evaluation.bleu);
  fmt::print(
      "{} articles: weight on their article and noun {:.2f}, on the noun {:.2f}; most on one of the two {:.1f}%\n",
      articles, both, noun, 100 * top);
  fmt::print("{} participles: weight on their verb {:.2f}\n", participles, verb);
  fmt::print("{} nouns replaced by one of the other gender: the article follows {:.1f}%\n", story.swapped,
             100 * story.flipped);
}

double unknown_share(const std::vector<Example>& examples) {
  std::size_t unknown = 0, words = 0;
  for (const Example& example : examples) {
    words += example.source.size();
    unknown += static_cast<std::size_t>(std::count(example.source.begin(), example.source.end(), Vocabulary::unknown));
  }
  return static_cast<double>(unknown) / static_cast<double>(std::max<std::size_t>(words, 1));
}

AttentionPicture picture_of(const Outcome& outcome, const Vocabulary& target) {
  AttentionPicture picture{outcome.source, {}, outcome.translation.weights};
  for (const Index word : outcome.translation.words)
    picture.target.push_back(word == Vocabulary::end ? end_name : target.word(word));
  return picture;
}

}  // namespace

void translate(const TranslateCommand& command) {
  const Checkpoint checkpoint = load_model(command.model);
  for_each_sentence(command, [&](const std::string& sentence) {
    const Outcome outcome = run(checkpoint, sentence, command.beam);
    const auto words = words_of(outcome.translation, checkpoint.target);
    warn(outcome);
    if (command.json) {
      ordered_json line{{"source", outcome.source}, {"target", words}, {"unknown", outcome.unknown}};
      line["log_probability"] = outcome.translation.log_probability;
      line["stopped"] = outcome.translation.stopped;
      fmt::print("{}\n", line.dump());
    } else {
      fmt::print("{}\n", join_words(words));
    }
  });
}

void explain(const TranslateCommand& command) {
  const Checkpoint checkpoint = load_model(command.model);
  if (!checkpoint.model->attention)
    throw Error(fmt::format("{}: was trained with --attention none, so there is nothing to look at", command.model));
  for_each_sentence(command, [&](const std::string& sentence) {
    const Outcome outcome = run(checkpoint, sentence, command.beam);
    const AttentionPicture picture = picture_of(outcome, checkpoint.target);
    warn(outcome);
    if (command.json) {
      fmt::print(
          "{}\n",
          ordered_json{{"source", picture.source}, {"target", picture.target}, {"weights", picture.weights}}.dump());
    } else if (!picture.source.empty()) {
      fmt::print("{} -> {}\n\n{}\n", join_words(outcome.source),
                 join_words(words_of(outcome.translation, checkpoint.target)), heatmap(picture, terminal_of(stdout)));
    }
  });
}

void evaluate(const EvaluateCommand& command) {
  const Checkpoint checkpoint = load_model(command.model);
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Workers workers(command.threads > 0 ? command.threads : processors);
  if (command.data.pairs.empty()) {
    print_story(tell_story(checkpoint, 1000, workers), command.json);
    return;
  }
  DataOptions options = command.data;
  options.held_out = 0;
  const Data data = load_data(options, 0);
  const auto examples = encode(data.train, checkpoint.source, checkpoint.target);
  if (const double share = unknown_share(examples); share > 0.1)
    fmt::print(stderr, "translate: the model does not know {:.0f}% of the source words: is --reverse right?\n",
               100 * share);
  const Evaluation result = evaluate(*checkpoint.model, examples, checkpoint.target, workers);
  if (command.json) {
    ordered_json line{{"pairs", data.train.size()}, {"loss", result.loss}, {"token_accuracy", result.token_accuracy}};
    line["exact"] = result.exact;
    line["bleu"] = result.bleu;
    fmt::print("{}\n", line.dump());
  } else {
    fmt::print("{} pairs: loss {:.4f}, words {:.1f}%, sentences {:.1f}%, BLEU {:.2f}\n", data.train.size(), result.loss,
               100 * result.token_accuracy, 100 * result.exact, result.bleu);
  }
}

}  // namespace glance::seq2seq
