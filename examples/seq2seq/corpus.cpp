// Reads pairs line by line, with the line's number for every error, and divides them into those to train on and those
// held out.
#include "examples/seq2seq/corpus.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "examples/common/text.h"
#include "examples/seq2seq/split_mix.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {
namespace {

// Longer lines are no sentences, and a file without line ends must not fill the memory.
constexpr std::size_t longest_line = 64 * 1024;

// What ends lines where LF and CR do not.
constexpr std::string_view other_ends[] = {"\u0085", "\u2028", "\u2029", "\v", "\f"};

// The first of the other ends in `text`; empty when LF or CR end its lines, or nothing does.
std::string_view other_end_of(std::string_view text) {
  if (text.find_first_of("\n\r") != text.npos) return {};
  std::string_view first;
  std::size_t place = text.size();
  for (const std::string_view end : other_ends)
    if (const std::size_t at = text.find(end); at < place) first = end, place = at;
  return first;
}

// Lines of a stream, by number, within bounded memory.
class Lines {
 public:
  Lines(std::istream& stream, std::string name) : stream_(stream), name_(std::move(name)), buffer_(longest_line, '\0') {
    fill();
    other_end_ = other_end_of(left_);
  }

  // The next line, without its end. False when there is none.
  bool next() {
    line_.clear();
    if (!more()) return false;
    ++number_;
    while (more()) {
      const char c = take();
      if (c == '\n') break;
      if (c == '\r') {
        if (more() && left_.front() == '\n') take();
        break;
      }
      line_ += c;
      if (!other_end_.empty() && line_.ends_with(other_end_)) {
        line_.resize(line_.size() - other_end_.size());
        break;
      }
      if (line_.size() > longest_line)
        fail(fmt::format("longer than {} bytes: one sentence or pair a line", longest_line));
    }
    return true;
  }

  std::string_view line() const { return line_; }
  std::size_t number() const { return number_; }

  [[noreturn]] void fail(const std::string& problem) const {
    throw Error(fmt::format("{}:{}: {}", name_, number_, problem));
  }

 private:
  void fill() {
    stream_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    if (stream_.bad()) throw Error(fmt::format("{}: cannot be read", name_));
    left_ = std::string_view(buffer_).substr(0, static_cast<std::size_t>(stream_.gcount()));
  }

  bool more() {
    if (left_.empty() && !stream_.eof()) fill();
    return !left_.empty();
  }

  char take() {
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  std::istream& stream_;
  std::string name_;
  std::string buffer_;
  std::string_view left_;       // of the buffer
  std::string_view other_end_;  // empty: LF and CR alone
  std::string line_;
  std::size_t number_ = 0;
};

std::vector<std::string> words_of(const Lines& lines, std::string_view text, const char* side,
                                  const TextOptions& options) {
  std::vector<std::string> words;
  try {
    words = to_units(text, options);
  } catch (const Error& error) {
    lines.fail(fmt::format("{} has {}", side, error.what()));
  }
  if (words.empty()) lines.fail(fmt::format("the {} is empty: source, a tab, target", side));
  return words;
}

Pair parse(const Lines& lines, const TextOptions& text) {
  const std::string_view line = lines.line();
  const std::size_t tab = line.find('\t');
  if (tab == line.npos) lines.fail("no tab: source, a tab, target");
  const std::string_view rest = line.substr(tab + 1);
  return {words_of(lines, line.substr(0, tab), "source", text),
          words_of(lines, rest.substr(0, rest.find('\t')), "target", text)};
}

Pair parse_sentence(const Lines& lines, const TextOptions& text) {
  try {
    return {to_units(lines.line(), text), {}};
  } catch (const Error& error) {
    lines.fail(error.what());
  }
}

// A line with a tab is a pair, if with empty sides.
bool is_blank(const Lines& lines, bool pairs) {
  if (pairs && lines.line().find('\t') != std::string_view::npos) return false;
  try {
    return normalise(lines.line()).empty();
  } catch (const Error& error) {
    lines.fail(error.what());
  }
}

// Finds the pairs that are far longer than the others.
void note_lengths(std::vector<LongPair> pairs, Corpus& corpus) {
  constexpr std::size_t times = 10, least = 100;
  std::vector<std::size_t> lengths;
  for (const LongPair& pair : pairs) lengths.push_back(pair.words);
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>((lengths.size() - 1) / 2);
  std::nth_element(lengths.begin(), middle, lengths.end());
  corpus.middle = *middle;
  std::erase_if(pairs, [&](const LongPair& pair) { return pair.words < std::max(least, times * corpus.middle + 1); });
  corpus.far_longer = std::move(pairs);
}

std::ifstream opened(const std::string& path, const char* holding) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    throw Error(fmt::format("{}: is a directory: name a file of {}", path, holding));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  return file;
}

// Pairs, or sentences that are the sources of pairs.
Corpus read(std::istream& stream, const std::string& name, const ReadOptions& options, bool pairs) {
  Corpus corpus;
  if (!pairs) corpus.thing = "sentence";
  Lines lines(stream, name);
  std::vector<LongPair> lengths;
  while ((options.limit == 0 || corpus.pairs.size() < options.limit) && lines.next()) {
    corpus.lines = lines.number();
    if (is_blank(lines, pairs)) {
      ++corpus.blank;
      continue;
    }
    Pair pair = pairs ? parse(lines, options.text) : parse_sentence(lines, options.text);
    const std::size_t longer_side = std::max(pair.source.size(), pair.target.size());
    if (options.max_words > 0 && longer_side > options.max_words) {
      ++corpus.too_long;
      continue;
    }
    if (options.reverse) std::swap(pair.source, pair.target);
    corpus.pairs.push_back(std::move(pair));
    lengths.push_back({lines.number(), longer_side});
  }
  const std::string_view words = plural(options.text.unit);
  if (corpus.too_long > 0 && corpus.pairs.empty())
    throw Error(fmt::format("{}: every {} has more than {} {}: allow longer ones", name, corpus.thing,
                            options.max_words, words));
  if (corpus.pairs.empty())
    throw Error(pairs ? fmt::format("{}: holds no sentence pairs: source, a tab, target", name)
                      : fmt::format("{}: holds no sentences: one on each line", name));
  note_lengths(std::move(lengths), corpus);
  return corpus;
}

// The same for the same words and seed on every machine (FNV-1a, scrambled).
std::uint64_t hash(const std::vector<std::string>& words, std::uint64_t seed) {
  std::uint64_t h = 0xcbf29ce484222325u;
  const auto add = [&](unsigned char byte) { h = (h ^ byte) * 0x100000001b3u; };
  for (const std::string& word : words) {
    for (const char c : word) add(static_cast<unsigned char>(c));
    add(' ');
  }
  return scramble(h ^ scramble(seed));
}

}  // namespace

Corpus read_pairs(const std::string& path, const ReadOptions& options) {
  std::ifstream file = opened(path, "sentence pairs");
  return read_pairs(file, path, options);
}

Corpus read_pairs(std::istream& stream, const std::string& name, const ReadOptions& options) {
  return read(stream, name, options, true);
}

Corpus read_sentences(const std::string& path, const ReadOptions& options) {
  std::ifstream file = opened(path, "sentences");
  return read(file, path, options, false);
}

std::string describe(const Corpus& corpus, const ReadOptions& options) {
  std::string text = fmt::format("{} {}{}", corpus.pairs.size(), corpus.thing, corpus.pairs.size() == 1 ? "" : "s");
  if (corpus.too_long > 0)
    text +=
        fmt::format("; dropped {} with more than {} {}", corpus.too_long, options.max_words, plural(options.text.unit));
  if (corpus.blank > 0)
    text += fmt::format("; skipped {} blank {}", corpus.blank, corpus.blank == 1 ? "line" : "lines");
  return text;
}

Split hold_out(std::vector<Pair> pairs, double share, std::uint64_t seed) {
  if (!(share > 0 && share < 1)) throw Error(fmt::format("hold_out: share {}: must be between 0 and 1", share));
  std::vector<std::uint64_t> hashes;
  hashes.reserve(pairs.size());
  for (const Pair& pair : pairs) hashes.push_back(hash(pair.source, seed));

  std::vector<std::uint64_t> sources = hashes;
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  if (sources.size() < 2) throw Error(fmt::format("hold_out: {} different sources: two are needed", sources.size()));
  const auto wanted = static_cast<std::size_t>(std::llround(share * static_cast<double>(sources.size())));
  const std::uint64_t last = sources[std::clamp<std::size_t>(wanted, 1, sources.size() - 1) - 1];

  Split split;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    (hashes[i] <= last ? split.test : split.train).push_back(std::move(pairs[i]));
  return split;
}

std::size_t remove_seen(std::vector<Pair>& train, const std::vector<Pair>& test) {
  std::set<std::vector<std::string>> sources;
  for (const Pair& pair : test) sources.insert(pair.source);
  return static_cast<std::size_t>(
      std::erase_if(train, [&](const Pair& pair) { return sources.contains(pair.source); }));
}

}  // namespace glance::seq2seq
