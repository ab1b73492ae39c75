// Reads a file, or makes the built-in text, and parts what is trained on from what is held out.
#include "examples/letters/book.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <utility>
#include <vector>

#include "examples/common/text.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/split_mix.h"
#include "glance/tensor/error.h"
#include "glance/tensor/files/file.h"
#include "glance/tensor/random.h"

namespace glance::gpt {

namespace {

constexpr std::size_t builtin_sentences = 20000;
constexpr std::uint64_t builtin_seed = 1, order_stream = 0x6c696e6573;

// The French side of the built-in language, a sentence a line: an article needs its noun's gender, and an adjective
// that of a noun which may be ten letters back.
std::string builtin_text() {
  std::string text;
  for (const seq2seq::Sentence& sentence : seq2seq::sentences(builtin_sentences, builtin_seed))
    text += join_words(seq2seq::pair(sentence).target) + "\n";
  return text;
}

std::string file_text(const std::string& path, Split split) {
  constexpr double bytes_a_byte = 16;  // that reading takes: code points, normal forms, numbers
  std::error_code error;
  const double memory = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  const auto size = std::filesystem::is_regular_file(path, error) ? std::filesystem::file_size(path, error) : 0;
  if (!error && static_cast<double>(size) * bytes_a_byte > memory)
    throw Error(fmt::format("{}: {:.1f} GB of text is too much for the machine's {:.0f} GB of memory: cut it", path,
                            static_cast<double>(size) / 1e9, memory / 1e9));
  const MappedFile file(path);
  const auto bytes = file.bytes();
  if (bytes.empty()) throw Error(fmt::format("{}: is empty: there is nothing to learn", path));
  try {
    return tidied({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, split);
  } catch (const Error& problem) {
    throw Error(fmt::format("{}: {}, or take it with --split bytes", path, problem.what()));
  }
}

// The lines in the order of the seed, each with an end.
std::string with_lines_shuffled(const std::string& text, std::uint64_t seed) {
  std::vector<std::string_view> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  Generator order(GeneratorState{.seed = seed, .stream = order_stream});
  for (std::size_t i = lines.size(); i > 1; --i) std::swap(lines[i - 1], lines[order.below(i)]);
  std::string result;
  for (const std::string_view line : lines) (result += line) += '\n';
  return result;
}

std::string fingerprint(const Numbers& numbers, const Alphabet& alphabet) {
  std::uint64_t hash = numbers.size();
  for (const std::string& letter : alphabet.letters()) {
    for (const char c : letter) hash = seq2seq::scramble(hash + static_cast<unsigned char>(c));
    hash = seq2seq::scramble(hash + 256);
  }
  for (const std::int32_t number : numbers) hash = seq2seq::scramble(hash + static_cast<std::uint32_t>(number));
  return fmt::format("{:016x}", hash);
}

}  // namespace

Book read_book(const BookOptions& options) {
  const std::string name = options.file.empty() ? "the built-in language" : options.file;
  std::string text = options.file.empty() ? builtin_text() : file_text(options.file, options.split);
  if (options.shuffle_lines) text = with_lines_shuffled(text, options.seed);
  Book book{Alphabet::of(text, options.split), {}, {}, name, {}};
  std::vector<std::string> unknown;
  book.train = book.alphabet.encode(text, unknown);
  if (book.train.size() < 2)
    throw Error(fmt::format("{}: {} of text: at least 2 letters are needed, one to see and one to say", name,
                            book.train.empty() ? "no letter" : "1 letter"));
  book.fingerprint = fingerprint(book.train, book.alphabet);
  constexpr std::size_t least_held_out = 32;
  const auto held_out = static_cast<std::size_t>(options.held_out * static_cast<double>(book.train.size()));
  if (held_out < least_held_out) return book;
  const auto border = book.train.end() - static_cast<std::ptrdiff_t>(held_out);
  book.held_out.assign(border, book.train.end());
  book.train.erase(border, book.train.end());
  return book;
}

}  // namespace glance::gpt
