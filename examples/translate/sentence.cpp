// The way of a sentence through a checkpoint: text, words, numbers, translation, words.
#include "examples/translate/sentence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <variant>

#include "examples/common/columns.h"
#include "examples/common/nearest.h"
#include "examples/common/terminal.h"
#include "examples/common/text.h"
#include "examples/translate/lines.h"

namespace glance::seq2seq {

namespace {

constexpr const char* end_name = "<end>";

// Attention over a sentence takes memory by its square, and what is longer is no sentence.
constexpr std::size_t most_source_words = 1000;

}  // namespace

namespace {

// Words as they are shown, "cot (cat?)" where a word of the model's is near.
std::vector<std::string> with_nearest(const std::vector<std::string>& unknown, const Checkpoint& checkpoint) {
  std::vector<std::string> shown = shown_units(unknown);
  if (checkpoint.text.unit == Unit::characters) return shown;
  constexpr std::size_t most = 10;  // as many as a message has room for
  const auto words = std::span(checkpoint.source.words()).subspan(static_cast<std::size_t>(Vocabulary().size()));
  for (std::size_t i = 0; i < std::min(most, unknown.size()); ++i)
    if (const auto near = nearest(unknown[i], words)) shown[i] += fmt::format(" ({}?)", shown_unit(*near));
  return shown;
}

Checkpoint load_best(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return load_checkpoint(path);
  const auto best = std::filesystem::path(path) / "best", last = std::filesystem::path(path) / "last";
  const bool only_last = !std::filesystem::exists(best, error) && std::filesystem::exists(last, error);
  return load_checkpoint((only_last ? last : best).string());
}

}  // namespace

Checkpoint load_model(const std::string& path, Index max_output) {
  Checkpoint checkpoint = load_best(path);
  if (max_output > 0) std::visit([&](auto& model) { model.options.length.fixed = max_output; }, checkpoint.model->held);
  return checkpoint;
}

Outcome read_sentence(const Checkpoint& checkpoint, const std::string& sentence) {
  return read_words(checkpoint, to_units(sentence, checkpoint.text));
}

Outcome read_words(const Checkpoint& checkpoint, std::vector<std::string> words) {
  Outcome outcome;
  outcome.source = std::move(words);
  if (outcome.source.size() > most_source_words)
    throw Error(fmt::format("a sentence of {} words: at most {}, so cut it into shorter ones", outcome.source.size(),
                            most_source_words));
  if (const auto most = checkpoint.model->most_source(); most && static_cast<Index>(outcome.source.size()) > *most)
    throw Error(
        fmt::format("a sentence of {} words: the model's learned positions end after {}; train it with "
                    "--positions sinusoidal or rotary for longer ones",
                    outcome.source.size(), *most));
  for (const auto& word : outcome.source) {
    outcome.numbers.push_back(checkpoint.source.index(word));
    if (outcome.numbers.back() == Vocabulary::unknown) outcome.unknown.push_back(word);
  }
  return outcome;
}

void translate_sentences(const Checkpoint& checkpoint, std::span<Outcome> sentences, Workers& workers,
                         const SearchOptions& options) {
  std::vector<Outcome*> asked;  // nothing says nothing
  std::vector<std::vector<Index>> sources;
  for (Outcome& sentence : sentences) {
    if (sentence.numbers.empty()) continue;
    asked.push_back(&sentence);
    sources.push_back(sentence.numbers);
  }
  auto translations = search_all(*checkpoint.model, sources, workers, options);
  for (std::size_t i = 0; i < asked.size(); ++i) asked[i]->translation = std::move(translations[i]);
}

std::vector<std::string> shown_words(const std::vector<Index>& words, const Vocabulary& target) {
  std::vector<std::string> shown;
  for (const Index word : words) shown.push_back(word == Vocabulary::end ? end_name : target.word(word));
  return shown;
}

AttentionPicture picture_of(const Outcome& outcome, const Vocabulary& target) {
  return {outcome.source, shown_words(outcome.translation.words, target), outcome.translation.weights};
}

std::string name_of_weights(const ModelOptions& model, AttentionPlace place, std::optional<std::size_t> layer,
                            std::optional<std::size_t> head) {
  if (model.model != ModelKind::transformer) return {};
  const std::string whose = head ? fmt::format("head {} of {}", *head + 1, model.heads)
                                 : fmt::format("mean over {} head{}", model.heads, model.heads == 1 ? "" : "s");
  return fmt::format("{}-attention, layer {} of {}, {}", attention_place_names[static_cast<std::size_t>(place)],
                     layer ? *layer + 1 : static_cast<std::size_t>(model.layers), model.layers, whose);
}

void warn(const Outcome& outcome, const Checkpoint& checkpoint, const std::string& place) {
  if (!outcome.unknown.empty())
    std::fprintf(stderr, "translate: %snot in the model's vocabulary: %s\n", place.c_str(),
                 shortened_list(with_nearest(outcome.unknown, checkpoint)).c_str());
  if (outcome.translation.stopped)
    std::fprintf(stderr, "translate: %sstopped after %zu words without an end\n", place.c_str(),
                 outcome.translation.words.size());
}

void for_each_sentence(const std::vector<std::string>& sentences,
                       const std::function<void(const std::string& sentence, const std::string& place)>& call) {
  Lines lines(sentences);
  for (auto next = lines.next(1); !next.empty(); next = lines.next(1)) {
    at_line(next.front(), [&] { call(next.front().text, next.front().place); });
    flush_output();
  }
}

}  // namespace glance::seq2seq
