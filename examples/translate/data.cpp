// Where pairs come from: files, or the built-in language; and how a checkpoint remembers which they were.
#include "examples/translate/data.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "examples/common/json_fields.h"
#include "examples/common/text.h"
#include "examples/seq2seq/scripts.h"
#include "examples/seq2seq/split_mix.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// Sentences of the built-in language that are made when no limit says otherwise.
constexpr std::size_t builtin_sentences = 14000;
constexpr std::size_t most_builtin_sentences = 200000;  // they are all in memory
constexpr std::uint64_t builtin_seed = 1;

void visit_options(auto& o, auto&& f) {
  f("held_out", o.held_out);
  f("reverse", o.reverse);
  f("max_words", o.max_words);
  f("limit", o.limit);
  f("min_count", o.min_count);
}

// Words that stand there once are not learnt, and those that come later were never seen. In prose, too, half of the
// different words may be such, but never so much of the text.
std::string hint_of_single_words(const std::vector<Pair>& pairs, std::vector<std::string> Pair::*side,
                                 const char* consequence) {
  std::map<std::string_view, std::size_t> counts;
  std::size_t words = 0, once = 0;
  for (const Pair& pair : pairs)
    for (const std::string& word : pair.*side) ++counts[word], ++words;
  for (const auto& [word, count] : counts) once += count == 1;
  if (2 * once < counts.size() || 3 * once < words) return {};
  return fmt::format(
      "{} of {} {} words stand there once, and a word that training has not seen {}: "
      "try --split characters\n",
      once, words, side == &Pair::source ? "source" : "target", consequence);
}

// What would surprise a person later: sentences that became one word, and lines that make all others wait.
std::string hints_of(const Corpus& corpus, const std::string& path, const DataOptions& options) {
  std::string hints;
  if (options.text.unit != Unit::characters)
    for (const auto& [side, name] : {std::pair(&Pair::source, "source"), std::pair(&Pair::target, "target")})
      if (is_unparted(corpus.pairs, side))
        hints += fmt::format(
            "the {} is in a script without spaces between words, so a sentence is a word or two: try "
            "--split characters\n",
            name);
  if (options.text.unit != Unit::characters) {
    hints += hint_of_single_words(corpus.pairs, &Pair::source, "says nothing");
    hints += hint_of_single_words(corpus.pairs, &Pair::target, "cannot be written");
  }
  constexpr std::size_t most_named = 3;
  const auto& longer = corpus.far_longer;
  for (std::size_t i = 0; i < std::min(longer.size(), most_named); ++i)
    hints += fmt::format(
        "{}:{}: {} {}, and half of the pairs have at most {}: its batch and its scoring take long; "
        "--max-words leaves it out\n",
        path, longer[i].line, longer[i].words, plural(options.text.unit), corpus.middle);
  if (longer.size() > most_named) hints += fmt::format("{} more such lines\n", longer.size() - most_named);
  return hints;
}

Corpus read(const std::string& path, const DataOptions& options, std::size_t limit, std::string& summary) {
  const ReadOptions read_options{
      .reverse = options.reverse, .max_words = options.max_words, .limit = limit, .text = options.text};
  Corpus corpus = read_pairs(path, read_options);
  summary += fmt::format("{}: {}\n{}", path, describe(corpus, read_options), hints_of(corpus, path, options));
  return corpus;
}

std::vector<Sentence> builtin_sentences_of(const DataOptions& options) {
  const std::size_t count = options.limit > 0 ? options.limit : builtin_sentences;
  if (count > most_builtin_sentences)
    throw Error(fmt::format("the built-in language: at most {} sentences: lower --limit", most_builtin_sentences));
  if (options.max_words == 0) return sentences(count, builtin_seed);
  try {
    return sentences(count, builtin_seed, options.max_words);
  } catch (const Error&) {
    throw Error(
        fmt::format("the built-in language: has no {} sentences of at most {} words: raise --max-words or "
                    "lower --limit",
                    count, options.max_words));
  }
}

std::vector<Pair> builtin_pairs(const DataOptions& options) {
  std::vector<Pair> result = pairs(builtin_sentences_of(options));
  for (Pair& pair : result) {
    if (options.reverse) std::swap(pair.source, pair.target);
    if (options.text.unit == Unit::words) continue;
    for (auto side : {&Pair::source, &Pair::target}) pair.*side = to_units(join_words(pair.*side), options.text);
  }
  return result;
}

// A file by its name from here: the name starts from `folder`, where it was given. What is not there may be here.
std::string found(const std::string& name, const std::string& folder) {
  std::error_code error;
  const fs::path from_there = fs::path(folder) / name;
  const bool other_folder = !name.empty() && fs::path(name).is_relative() && !folder.empty() &&
                            !fs::equivalent(folder, fs::current_path(error), error);
  return other_folder && fs::exists(from_there, error) ? from_there.string() : name;
}

std::string name_of(const DataOptions& options) {
  return options.pairs.empty() ? "the built-in language" : options.pairs;
}

std::uint64_t fingerprint(const std::vector<Pair>& pairs) {
  std::uint64_t hash = pairs.size();
  const auto add = [&hash](const std::vector<std::string>& words) {
    for (const auto& word : words)
      for (const char c : word + " ") hash = scramble(hash + static_cast<unsigned char>(c));
    hash = scramble(hash);
  };
  for (const Pair& p : pairs) {
    add(p.source);
    add(p.target);
  }
  return hash;
}

std::string fingerprint(const Data& data) {
  return fmt::format("{:016x}{:016x}", fingerprint(data.pairs.train), fingerprint(data.pairs.test));
}

}  // namespace

Data load_data(const DataOptions& options, std::uint64_t seed) {
  Data data;
  if (options.pairs.empty()) {
    data.pairs.train = builtin_pairs(options);
    data.summary = fmt::format("the built-in English-French language: {} sentences\n", data.pairs.train.size());
  } else {
    data.pairs.train = read(options.pairs, options, options.limit, data.summary).pairs;
  }
  if (!options.test.empty()) {
    data.pairs.test = read(options.test, options, 0, data.summary).pairs;
    if (const std::size_t seen = remove_seen(data.pairs.train, data.pairs.test); seen > 0)
      data.summary += fmt::format("left {} pairs out of training, whose source is among those to score on\n", seen);
    if (data.pairs.train.empty())
      throw Error(fmt::format("{}: every source sentence is also in {}: nothing is left to train on", name_of(options),
                              options.test));
  } else if (options.held_out > 0) {
    if (std::all_of(data.pairs.train.begin(), data.pairs.train.end(),
                    [&](const Pair& p) { return p.source == data.pairs.train.front().source; }))
      throw Error(fmt::format("{}: one source sentence only, so none can be held out: add pairs, or --held-out 0",
                              name_of(options)));
    data.pairs = hold_out(std::move(data.pairs.train), options.held_out, seed);
  }
  data.summary += fmt::format("{} to train on, {} held out", data.pairs.train.size(), data.pairs.test.size());
  return data;
}

std::vector<Sentence> sentences_behind(const DataOptions& options) {
  const bool as_it_is = options.pairs.empty() && !options.reverse && options.text.unit == Unit::words;
  return as_it_is ? builtin_sentences_of(options) : std::vector<Sentence>();
}

std::vector<Sentence> unseen_sentences(std::size_t count) {
  // More sentences from one seed begin with those that fewer give.
  auto all = sentences(builtin_sentences + count, builtin_seed);
  return {all.begin() + builtin_sentences, all.end()};
}

std::string describe(const DataOptions& options, const Data& data) {
  json description;
  visit_options(options, [&](const char* key, const auto& value) { description[key] = value; });
  description["pairs"] = name_json(options.pairs);
  description["test"] = name_json(options.test);
  std::error_code error;
  description["folder"] = name_json(fs::current_path(error).string());
  description["unit"] = name_of(options.text.unit);
  description["keep_case"] = options.text.keep_case;
  description["fingerprint"] = fingerprint(data);
  return description.dump();
}

DataOptions data_options(const std::string& description, const DataOptions& moved) {
  DataOptions options;
  try {
    const json stored = json::parse(description);
    visit_options(options, [&](const char* key, auto& value) { stored.at(key).get_to(value); });
    const std::string folder = stored.contains("folder") ? name_from(stored.at("folder")) : std::string();
    const auto now = [&](const char* key, const std::string& place) {
      return place.empty() ? found(name_from(stored.at(key)), folder) : place;
    };
    options.pairs = now("pairs", moved.pairs);
    options.test = now("test", moved.test);
    options.text.unit = unit_of(stored.value("unit", std::string(name_of(Unit::words))));
    options.text.keep_case = stored.value("keep_case", false);
  } catch (const json::exception&) {
    throw Error("its description of the pairs cannot be read: the file is damaged");
  }
  return options;
}

std::string fingerprint_in(const std::string& description) { return json::parse(description).at("fingerprint"); }

void check_same(const std::string& description, const DataOptions& options, const Data& data) {
  const json stored = json::parse(description, nullptr, false);
  if (!stored.is_object() || stored.value("fingerprint", json()) != fingerprint(data))
    throw Error(
        fmt::format("{}: the pairs are not those that the training began with, so it cannot go on exactly; "
                    "if those were moved, name them with --pairs",
                    name_of(options)));
}

std::vector<Pair> held_out_pairs(const std::string& description, std::uint64_t seed, const DataOptions& moved) {
  const DataOptions options = data_options(description, moved);
  Data data = load_data(options, seed);
  check_same(description, options, data);
  return std::move(data.pairs.test);
}

}  // namespace glance::seq2seq
