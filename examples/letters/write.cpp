// The command write: reads the prompt, then draws letter by letter and prints each when it is whole.
#include "examples/letters/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "examples/common/columns.h"
#include "examples/common/terminal.h"
#include "examples/letters/reader.h"
#include "examples/letters/whole_characters.h"
#include "glance/tensor/error.h"

namespace glance::gpt {

Numbers read_text(const Alphabet& alphabet, const std::string& text, const char* name,
                  std::vector<std::string>& unknown) {
  Numbers numbers;
  try {
    numbers = alphabet.encode(tidied(text, alphabet.split()), unknown);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", name, error.what()));
  }
  if (unknown.empty()) return numbers;
  std::vector<std::string> shown;
  for (const std::string& letter : unknown) shown.push_back(in_picture(letter));
  std::fprintf(stderr, "letters: the model has never met, and is not shown: %s\n", shortened_list(shown).c_str());
  return numbers;
}

void write(const WriteCommand& command) {
  const Checkpoint checkpoint = load_model(command.model);
  const Alphabet& alphabet = checkpoint.alphabet;
  std::vector<std::string> unknown;
  const Numbers prompt = read_text(alphabet, command.prompt, "the prompt", unknown);
  const bool screen = terminal_of(stdout).interactive;
  std::string text;
  const auto say = [&](const std::string& letters) {
    if (letters.empty()) return;
    text += letters;
    if (command.json) return;
    const std::string shown = screen ? on_screen(letters) : letters;
    std::fwrite(shown.data(), 1, shown.size(), stdout);
    flush_output();
  };
  WholeCharacters characters;
  for (const std::int32_t letter : prompt) say(characters.add(alphabet.letter(letter)));

  Reader reader(*checkpoint.model, std::min(command.slide, checkpoint.model->options.context));
  const auto beginning = static_cast<std::int32_t>(alphabet.beginning());
  reader.read(prompt.empty() ? std::span(&beginning, 1) : std::span(prompt));
  Generator generator(command.seed);
  for (Index i = 0; i < command.length; ++i) {
    const auto next =
        static_cast<std::int32_t>(draw(sampling_probabilities(reader.logits(), command.sampling), generator));
    say(characters.add(alphabet.letter(next)));
    if (i + 1 < command.length) reader.read({&next, 1});
  }
  say(characters.rest());
  if (!command.json) return say("\n");
  const nlohmann::ordered_json line{{"prompt", as_utf8(command.prompt)}, {"text", as_utf8(text)}, {"unknown", unknown}};
  fmt::print("{}\n", line.dump());
}

}  // namespace glance::gpt
