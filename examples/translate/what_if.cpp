// Runs a translation once more with something taken away or replaced, and sets the two side by side.
#include "examples/translate/what_if.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "examples/common/columns.h"
#include "examples/common/heatmap.h"
#include "examples/common/text.h"
#include "examples/seq2seq/search.h"

namespace glance::seq2seq {

namespace {

using nlohmann::ordered_json;
using Cells = std::vector<std::string>;

// What becomes of a translation when something is taken away.
struct Without {
  Translation translation;            // by itself
  std::vector<double> probabilities;  // of the words that were written before
};

// With the model as it then is, and perhaps a word, counted from 0, that attention may not see.
Without translate_without(const Translator& model, const Explained& e, std::optional<std::size_t> hidden, Index beam) {
  if (e.outcome.source.empty()) return {};
  const PaddedBatch batch = pad_sequences({{e.outcome.numbers}}, Vocabulary::pad);
  return {search(model, batch, {.width = beam, .hidden = hidden}).front().front(),
          look(model, {e.outcome.numbers, e.outcome.translation.words}, hidden).probabilities};
}

Without hide_word(const Checkpoint& checkpoint, const Explained& e, std::size_t place, Index beam) {
  check_place("--hide", place, "the sentence", e.outcome.source.size());
  return translate_without(*checkpoint.model, e, place - 1, beam);
}

std::string text_of(const Checkpoint& checkpoint, const Explained& e, const Without& without, std::string_view what) {
  std::vector<Cells> rows = {{"", "before", "after", "change"}};
  for (std::size_t t = 0; t < e.picture.target.size(); ++t) {
    const double before = e.evidence.probabilities[t], after = without.probabilities[t];
    rows.push_back({shown_unit(e.picture.target[t]), hundredths(before), hundredths(after),
                    std::abs(after - before) < 0.005 ? "" : (after > before ? "+" : "") + hundredths(after - before)});
  }
  return fmt::format("{}\n{}: -> {}\n\nProbability of each word of the first translation, fed the words before it:\n\n",
                     e.title(checkpoint), what,
                     to_text(checkpoint.target.sentence(without.translation.words), checkpoint.text)) +
         table(rows, "rrrr");
}

void add_json(ordered_json& object, const Checkpoint& checkpoint, const Explained& e, const Without& without) {
  object["target"] = shown_words(without.translation.words, checkpoint.target);
  object["before"] = e.evidence.probabilities;
  object["after"] = without.probabilities;
}

const char* name_of(AttentionPlace place) { return attention_place_names[static_cast<std::size_t>(place)]; }

// The sentence with one word replaced, all anew.
Explained swap(const Checkpoint& checkpoint, const Explained& e, const ExplainCommand::Swap& change, Index beam) {
  check_place("--swap", change.place, "the sentence", e.outcome.source.size());
  const auto words = to_units(change.word, checkpoint.text);
  if (words.size() != 1)
    throw UsageError(fmt::format("--swap {}={}: one word is replaced by one word, and this is {}", change.place,
                                 change.word, counted(words.size())));
  auto source = e.outcome.source;
  source[change.place - 1] = words.front();
  return explain_words(checkpoint, std::move(source), beam, {});
}

// The target words of two translations by place, those that differ marked.
std::string side_by_side(const Checkpoint& checkpoint, const Explained& before, const Explained& after) {
  const auto side = [](const Explained& e, std::size_t t) -> Cells {
    if (t >= e.picture.target.size()) return {"", "", ""};
    return {shown_unit(e.picture.target[t]), hundredths(e.evidence.probabilities[t]),
            looked_at(shown_units(e.picture.source), e.picture.weights[t], 2)};
  };
  std::vector<Cells> rows = {{"", "before", "p", "weighted", "after", "p", "weighted"}};
  for (std::size_t t = 0; t < std::max(before.picture.target.size(), after.picture.target.size()); ++t) {
    const Cells left = side(before, t), right = side(after, t);
    rows.push_back({left[0] == right[0] ? "" : "*", left[0], left[1], left[2], right[0], right[1], right[2]});
  }
  return fmt::format("{}\n{}\n\n", before.title(checkpoint), after.title(checkpoint)) + table(rows, "lrrlrrl") +
         "\n* another word. p: its probability, given those before it.\n";
}

}  // namespace

void check_heads(const Translator& model, std::span<const Head> heads) {
  const ModelOptions& o = model.options();
  for (const Head& head : heads) {
    if (o.model != ModelKind::transformer)
      throw UsageError(fmt::format("--hide-head: is for a Transformer, and the model is a {}", model.description()));
    if (head.layer >= static_cast<std::size_t>(o.layers) || head.head >= static_cast<std::size_t>(o.heads))
      throw UsageError(fmt::format("--hide-head {}:{}.{}: the model has {} layer{} of {} head{}, counted from 1",
                                   name_of(head.place), head.layer + 1, head.head + 1, o.layers,
                                   o.layers == 1 ? "" : "s", o.heads, o.heads == 1 ? "" : "s"));
  }
}

Translator without_heads(const Translator& model, std::span<const Head> heads) {
  check_heads(model, heads);
  Translator result = model;
  for (const Head& head : heads) result = hide_head(result, head);
  return result;
}

std::string hidden_text(const Checkpoint& checkpoint, const Explained& e, std::size_t place, Index beam) {
  const Without without = hide_word(checkpoint, e, place, beam);
  const std::string what =
      fmt::format("attention may not see word {}, {}", place, shown_unit(e.outcome.source[place - 1]));
  return text_of(checkpoint, e, without, what) +
         (checkpoint.model->options().model == ModelKind::transformer
              ? "\nThe encoder has read the word all the same: the states of the words around it may know it.\n"
              : "\nThe encoder has read the word all the same: the states after it, and the one the decoder starts "
                "from, may know it.\n");
}

ordered_json hidden_json(const Checkpoint& checkpoint, const Explained& e, std::size_t place, Index beam) {
  const Without without = hide_word(checkpoint, e, place, beam);
  ordered_json object{{"number", place}, {"word", e.outcome.source[place - 1]}};
  add_json(object, checkpoint, e, without);
  return object;
}

std::string hidden_heads_text(const Checkpoint& checkpoint, const Explained& e, std::span<const Head> heads,
                              Index beam) {
  std::vector<std::string> names;
  for (const Head& head : heads)
    names.push_back(
        fmt::format("head {} of layer {} of the {}-attention", head.head + 1, head.layer + 1, name_of(head.place)));
  return text_of(checkpoint, e, translate_without(without_heads(*checkpoint.model, heads), e, {}, beam),
                 fmt::format("without {}", fmt::join(names, ", "))) +
         "\nThe other heads, and what goes around each attention, are as they were.\n";
}

ordered_json hidden_heads_json(const Checkpoint& checkpoint, const Explained& e, std::span<const Head> heads,
                               Index beam) {
  ordered_json object{{"heads", ordered_json::array()}};
  for (const Head& head : heads)
    object["heads"].push_back({{"attention", name_of(head.place)}, {"layer", head.layer + 1}, {"head", head.head + 1}});
  add_json(object, checkpoint, e, translate_without(without_heads(*checkpoint.model, heads), e, {}, beam));
  return object;
}

std::string swapped_text(const Checkpoint& checkpoint, const Explained& e, const ExplainCommand::Swap& change,
                         Index beam) {
  return side_by_side(checkpoint, e, swap(checkpoint, e, change, beam));
}

ordered_json swapped_json(const Checkpoint& checkpoint, const Explained& e, const ExplainCommand::Swap& change,
                          Index beam) {
  const Explained after = swap(checkpoint, e, change, beam);
  return {{"number", change.place},
          {"source", after.picture.source},
          {"target", after.picture.target},
          {"probabilities", after.evidence.probabilities},
          {"weights", after.picture.weights}};
}

}  // namespace glance::seq2seq
