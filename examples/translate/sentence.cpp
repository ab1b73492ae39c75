#include "examples/translate/sentence.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <utility>

#include "examples/seq2seq/terminal.h"
#include "examples/seq2seq/text.h"

namespace glance::seq2seq {

namespace {

constexpr const char* end_name = "<end>";

// Attention over a sentence takes memory by its square, and what is longer is no sentence.
constexpr std::size_t most_source_words = 1000;
constexpr std::size_t longest_line = 64 * 1024;

// The next line of standard input, within bounded memory; false at the end.
bool read_line(std::string& line) {
  line.assign(longest_line + 1, '\0');
  errno = 0;
  std::cin.getline(line.data(), static_cast<std::streamsize>(line.size()));
  const auto taken = static_cast<std::size_t>(std::cin.gcount());
  // It takes what cannot be read, such as a folder, for the end.
  if (std::ferror(stdin) != 0) throw Error(fmt::format("cannot be read: {}", std::strerror(errno)));
  if (std::cin.fail() && taken > 0) throw Error(fmt::format("longer than {} bytes: one sentence a line", longest_line));
  line.resize(std::cin.eof() || taken == 0 ? taken : taken - 1);  // without the line end
  return !std::cin.fail();
}

}  // namespace

Checkpoint load_model(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return load_checkpoint(path);
  const auto best = std::filesystem::path(path) / "best", last = std::filesystem::path(path) / "last";
  const bool only_last = !std::filesystem::exists(best, error) && std::filesystem::exists(last, error);
  return load_checkpoint((only_last ? last : best).string());
}

Outcome translate_sentence(const Checkpoint& checkpoint, const std::string& sentence, Index beam) {
  return translate_words(checkpoint, split_words(sentence), beam);
}

Outcome translate_words(const Checkpoint& checkpoint, std::vector<std::string> words, Index beam) {
  Outcome outcome;
  outcome.source = std::move(words);
  if (outcome.source.size() > most_source_words)
    throw Error(fmt::format("a sentence of {} words: at most {}, so cut it into shorter ones", outcome.source.size(),
                            most_source_words));
  for (const auto& word : outcome.source) {
    outcome.numbers.push_back(checkpoint.source.index(word));
    if (outcome.numbers.back() == Vocabulary::unknown) outcome.unknown.push_back(word);
  }
  if (outcome.numbers.empty()) return outcome;  // nothing says nothing
  const PaddedBatch batch = pad_sequences({{outcome.numbers}}, Vocabulary::pad);
  outcome.translation =
      beam == 1 ? greedy_search(*checkpoint.model, batch).front() : beam_search(*checkpoint.model, batch, beam).front();
  return outcome;
}

std::vector<std::string> shown_words(const std::vector<Index>& words, const Vocabulary& target) {
  std::vector<std::string> shown;
  for (const Index word : words) shown.push_back(word == Vocabulary::end ? end_name : target.word(word));
  return shown;
}

AttentionPicture picture_of(const Outcome& outcome, const Vocabulary& target) {
  return {outcome.source, shown_words(outcome.translation.words, target), outcome.translation.weights};
}

void warn(const Outcome& outcome) {
  if (!outcome.unknown.empty())
    std::fprintf(stderr, "translate: not in the model's vocabulary: %s\n",
                 fmt::format("{}", fmt::join(outcome.unknown, " ")).c_str());
  if (outcome.translation.stopped)
    std::fprintf(stderr, "translate: stopped after %zu words without an end\n", outcome.translation.words.size());
}

void for_each_sentence(const std::vector<std::string>& sentences, const std::function<void(const std::string&)>& call) {
  if (!sentences.empty()) {
    for (const auto& sentence : sentences) call(sentence);
    return;
  }
  if (isatty(STDIN_FILENO)) std::fprintf(stderr, "One sentence a line; Ctrl-D ends.\n");
  std::string line;
  for (std::size_t number = 1;; ++number) {
    const auto at_line = [&](const Error& error) { return fmt::format("standard input:{}: {}", number, error.what()); };
    try {
      if (!read_line(line)) break;
      call(line);
    } catch (const UsageError& error) {
      throw UsageError(at_line(error));
    } catch (const Error& error) {
      throw Error(at_line(error));
    }
    flush_output();
  }
}

}  // namespace glance::seq2seq
