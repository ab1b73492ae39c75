// Words as they are shown, and shares as short whole numbers.
#include "examples/seq2seq/report_sentence.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "examples/common/text.h"
#include "examples/seq2seq/evaluation.h"

namespace glance::seq2seq {

using nlohmann::ordered_json;

namespace {

using Rows = std::vector<std::vector<double>>;

// A number from 0 to 1 in ten-thousandths: short to write, and fine enough to look at.
int ten_thousandths(double share) { return static_cast<int>(std::lround(1e4 * share)); }

ordered_json shares(const std::vector<double>& values) {
  ordered_json list = ordered_json::array();
  for (const double value : values) list.push_back(ten_thousandths(value));
  return list;
}

// Row after row.
ordered_json flat_shares(const Rows& rows) {
  ordered_json list = ordered_json::array();
  for (const auto& row : rows)
    for (const double value : row) list.push_back(ten_thousandths(value));
  return list;
}

ordered_json vectors(const Rows& rows) {
  ordered_json list = ordered_json::array();
  for (const auto& row : rows) {
    auto& vector = list.emplace_back(ordered_json::array());
    for (const double value : row) vector.push_back(rounded(value, 4));
  }
  return list;
}

// A word as it is shown: very long ones are cut between letters.
std::string shown(const std::string& given) {
  const std::string word = shown_unit(given);
  std::size_t letters = 0;
  for (std::size_t at = 0; at < word.size(); ++at) {
    const bool begins_letter = (static_cast<unsigned char>(word[at]) & 0xc0) != 0x80;
    if (begins_letter && ++letters > most_letters) return word.substr(0, at) + "…";
  }
  return word;
}

// Row after row in hundredths: enough for one head of many, in half the room.
ordered_json flat_hundredths(const Rows& rows) {
  ordered_json list = ordered_json::array();
  for (const auto& row : rows)
    for (const double value : row) list.push_back(static_cast<int>(std::lround(100 * value)));
  return list;
}

}  // namespace

double rounded(double value, int digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

ordered_json shown(const std::vector<std::string>& words) {
  ordered_json list = ordered_json::array();
  for (const auto& word : words) list.push_back(shown(word));
  return list;
}

ordered_json described_sentence(const Pair& words, const Example& numbers, const std::vector<Sentence>& grammar) {
  ordered_json sentence{{"source", shown(words.source)}, {"target", shown(words.target)}};
  ordered_json unknown = ordered_json::array();
  for (std::size_t i = 0; i < numbers.source.size(); ++i)
    if (numbers.source[i] == Vocabulary::unknown) unknown.push_back(i);
  sentence["unknown"] = unknown;
  ordered_json unwritten = ordered_json::array();
  for (std::size_t i = 0; i < numbers.target.size(); ++i)
    if (numbers.target[i] == Vocabulary::unknown) unwritten.push_back(i);
  sentence["unknown_targets"] = unwritten;
  const auto found = std::find_if(grammar.begin(), grammar.end(), [&](const Sentence& s) {
    return s.source == words.source && pair(s).target == words.target;
  });
  if (found != grammar.end()) {
    ordered_json says = ordered_json::array(), agrees = ordered_json::array();
    for (const TargetWord& word : found->target) {
      says.push_back(word.says);
      agrees.push_back(word.agrees_with ? ordered_json(*word.agrees_with) : ordered_json());
    }
    sentence["says"] = says;
    sentence["agrees"] = agrees;
  }
  sentence["moments"] = ordered_json::array();
  return sentence;
}

ordered_json measured_moment(const Translator& model, const Vocabulary& target, const Example& example,
                             const Evidence& seen, const Translation& translation) {
  ordered_json result{{"probabilities", shares(seen.probabilities)}};
  if (model.has_attention()) {
    result["weights"] = flat_shares(seen.weights);
    ordered_json hidden = ordered_json::array();
    for (const Evidence& without : hide_each(model, example))
      hidden.push_back({{"probabilities", shares(without.probabilities)}, {"weights", flat_shares(without.weights)}});
    result["hidden"] = hidden;
  }
  if (model.options().model == ModelKind::transformer) {
    ordered_json heads = ordered_json::array();
    for (const HeadWeights& of : seen.heads)
      heads.push_back({{"weights", flat_hundredths(of.weights)},
                       {"without", shares(look(hide_head(model, of.head), example).probabilities)}});
    result["heads"] = heads;
  }
  auto words = words_of(translation, target);
  result["ended"] = !translation.stopped && words.size() <= example.target.size() + more_written;
  words.resize(std::min(words.size(), example.target.size() + more_written));
  result["written"] = shown(words);
  return result;
}

void add_vectors(ordered_json& sentence, const Translator& model, const Evidence& seen) {
  const bool product = model.is_product();
  sentence["queries"] = product ? vectors(seen.queries) : ordered_json::array();
  sentence["keys"] = product ? vectors(seen.keys) : ordered_json::array();
}

}  // namespace glance::seq2seq
