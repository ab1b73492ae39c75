#include "examples/translate/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/text.h"
#include "examples/translate/sentence.h"
#include "examples/translate/story.h"

namespace glance::seq2seq {

namespace {

using nlohmann::ordered_json;

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

}  // namespace

void translate(const TranslateCommand& command) {
  const Checkpoint checkpoint = load_model(command.model, command.max_output);
  for_each_sentence(command.sentences, [&](const std::string& sentence, const std::string& place) {
    const Outcome outcome = translate_sentence(checkpoint, sentence, command.beam);
    const auto words = words_of(outcome.translation, checkpoint.target);
    warn(outcome, place);
    if (command.json) {
      ordered_json line{{"source", outcome.source}, {"target", words}, {"unknown", outcome.unknown}};
      line["log_probability"] = outcome.translation.log_probability;
      line["stopped"] = outcome.translation.stopped;
      fmt::print("{}\n", line.dump());
    } else {
      fmt::print("{}\n", to_text(words, checkpoint.text));
    }
  });
}

void evaluate(const EvaluateCommand& command) {
  const Checkpoint checkpoint = load_model(command.model, command.max_output);
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  Workers workers(command.threads > 0 ? command.threads : processors);
  if (command.data.pairs.empty()) {
    if (checkpoint.text.unit != Unit::words)
      throw Error(fmt::format("{}: was trained with --split {}, which the built-in language is not: give --pairs",
                              command.model, name_of(checkpoint.text.unit)));
    const std::vector<Sentence> sentences = unseen_sentences(1000);
    warn_if_unknown(encode(pairs(sentences), checkpoint.source, checkpoint.target),
                    "was it trained on the built-in language? If not, give --pairs");
    print_story(tell_story(checkpoint, sentences, workers), command.json);
    return;
  }
  DataOptions options = command.data;
  options.held_out = 0;
  options.text = checkpoint.text;
  const Data data = load_data(options, 0);
  const auto examples = encode(data.pairs.train, checkpoint.source, checkpoint.target);
  warn_if_unknown(examples, "is --reverse right?");
  const Evaluation result = evaluate(*checkpoint.model, examples, checkpoint.target, workers);
  if (command.json) {
    ordered_json line{
        {"pairs", data.pairs.train.size()}, {"loss", result.loss}, {"token_accuracy", result.token_accuracy}};
    line["exact"] = result.exact;
    line["bleu"] = result.bleu;
    line["bleu_order"] = result.bleu_order;
    fmt::print("{}\n", line.dump());
  } else {
    const std::string_view units = plural(checkpoint.text.unit);
    fmt::print("{} pairs: loss {:.4f}, {} {:.1f}%, sentences {:.1f}%, BLEU {:.2f}{}\n", data.pairs.train.size(),
               result.loss, units, 100 * result.token_accuracy, 100 * result.exact, result.bleu,
               result.bleu_order < 4 ? fmt::format(" of runs of up to {} {}", result.bleu_order, units) : "");
  }
}

}  // namespace glance::seq2seq
