// A GPT learns French letter by letter, and writes: the loss and what it means, temperature, and the cache. The number
// on the command line is the seed.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "examples/common/arguments.h"
#include "examples/letters/book.h"
#include "examples/letters/reader.h"
#include "examples/letters/sampler.h"
#include "examples/letters/training.h"
#include "glance/glance.h"

namespace {

using namespace glance;
using namespace glance::gpt;

// [counts]
// The loss of one who knows only how common each letter is, or how common it is after the letter before it.
double loss_by_counts(const Book& book, bool after_another) {
  const auto letters = static_cast<std::size_t>(book.alphabet.size());
  std::vector<std::vector<double>> counts(letters, std::vector<double>(letters, 0.01));
  const auto row = [&](std::int32_t before) { return static_cast<std::size_t>(after_another ? before : 0); };
  for (std::size_t i = 1; i < book.train.size(); ++i)
    ++counts[row(book.train[i - 1])][static_cast<std::size_t>(book.train[i])];
  double loss = 0;
  for (std::size_t i = 1; i < book.held_out.size(); ++i) {
    const auto& of_row = counts[row(book.held_out[i - 1])];
    double all = 0;
    for (const double count : of_row) all += count;
    loss -= std::log(of_row[static_cast<std::size_t>(book.held_out[i])] / all);
  }
  return loss / static_cast<double>(book.held_out.size() - 1);
}
// [counts end]

void print_loss(const std::string& name, double loss) {
  fmt::print("{:<34}{:>6.2f}{:>16.1f}\n", name, loss, std::exp(loss));
  std::fflush(stdout);
}

// [write]
// So many letters, each drawn from what the model says after all that it has written.
std::string write(const Model& model, const Alphabet& alphabet, const SamplingOptions& options, int count) {
  Generator generator(1);
  Reader reader(model, model.options.context / 2);
  std::int32_t letter = static_cast<std::int32_t>(alphabet.beginning());
  std::string text;
  for (int i = 0; i < count; ++i) {
    reader.read({&letter, 1});
    letter = static_cast<std::int32_t>(draw(sampling_probabilities(reader.logits(), options), generator));
    text += alphabet.letter(letter);
  }
  return text;
}
// [write end]

std::vector<std::string> parts(const std::string& text, const char* separators) {
  std::vector<std::string> result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    if (end > at) result.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

std::string text_of(const Numbers& letters, const Alphabet& alphabet) {
  std::string text;
  for (const std::int32_t letter : letters) text += alphabet.letter(letter);
  return text;
}

// How many of the words are words, and how many of the lines differ; then the first line of each.
void show_writing(const Model& model, const Book& book) {
  const std::vector<std::string> all = parts(text_of(book.train, book.alphabet), " \n");
  const std::set<std::string> known(all.begin(), all.end());
  std::string first_lines;
  fmt::print("\n{:<26}{:>10}{:>17}\n", "", "real words", "different lines");
  const auto show = [&](const char* name, const SamplingOptions& options) {
    const std::string text = write(model, book.alphabet, options, 1000);
    std::vector<std::string> words = parts(text, " \n"), lines = parts(text, "\n");
    words.pop_back();  // which may not be whole
    const auto real = std::count_if(words.begin(), words.end(), [&](const auto& word) { return known.contains(word); });
    const std::set<std::string> different(lines.begin(), lines.end());
    fmt::print("{:<28}{:>10.2f}{:>17.2f}\n", name, static_cast<double>(real) / static_cast<double>(words.size()),
               static_cast<double>(different.size()) / static_cast<double>(lines.size()));
    first_lines += fmt::format("{:<28}{}\n", name, lines.front());
  };
  // [temperatures]
  show("temperature 0", {.temperature = 0});
  show("temperature 0.5", {.temperature = 0.5});
  show("temperature 1", {.temperature = 1});
  show("temperature 1.5", {.temperature = 1.5});
  show("temperature 1.5, top-p 0.9", {.temperature = 1.5, .top_p = 0.9});
  // [temperatures end]
  fmt::print("\n{}", first_lines);
}

// [cache]
// Reads a text letter by letter, with the cache, and anew for each letter; counts the places that the layers work on.
void show_cache(const Model& model, const Tensor& text) {  // i64 [1, letters]
  const NoGrad no_grad;
  Memory memory;
  Index with_cache = 0, anew = 0;
  double difference = 0;
  for (Index letters = 1; letters <= text.shape()[1]; ++letters) {
    const auto step = model.step(slice(text, 1, letters - 1, letters), memory);  // the last letter alone
    const Tensor read = slice(text, 1, 0, letters);                              // all letters
    const Tensor last = select(model(read).logits.value(), 1, -1);
    difference = std::max(difference, max(abs(select(step.prediction.logits.value(), 1, -1) - last)).item());
    memory = step.memory;
    with_cache += 1;
    anew += letters;
  }
  fmt::print("\nplaces worked on to say {} letters: {} with the cache, {} without; their logits: {}\n", text.shape()[1],
             with_cache, anew, difference < 1e-3 ? "the same" : "not the same");
}
// [cache end]

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Book book = read_book({});
  // [train]
  Generator generator(seed);
  const Model model({.symbols = book.alphabet.size(), .layers = 2, .heads = 4, .width = 64, .context = 64}, generator);
  Workers workers(2);
  Trainer trainer(model, book.train, {.steps = 600, .batch = 16, .learning_rate = 6e-3, .seed = seed}, workers);
  fmt::print("{:<34}{:>6}{:>16}\n", "", "loss", "letters");
  print_loss("all letters alike", std::log(static_cast<double>(book.alphabet.size())));
  print_loss("how common each is", loss_by_counts(book, false));
  print_loss("how common after the one before", loss_by_counts(book, true));
  for (const Index step : {0, 50, 100, 200, 400, 600}) {
    while (trainer.progress.steps < step) trainer.step();
    print_loss(fmt::format("the model after {} steps", step), loss_on(model, book.held_out, workers, 100));
  }
  // [train end]
  show_writing(model, book);
  std::vector<std::int64_t> letters(book.held_out.begin(), book.held_out.begin() + 64);
  show_cache(model, from_values(std::span<const std::int64_t>(letters), {1, 64}));
}
