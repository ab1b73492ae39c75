// What a translation was made of: the weights as a picture, and the three steps in numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

#include "examples/common/columns.h"
#include "examples/common/heatmap.h"
#include "examples/common/heatmap_svg.h"
#include "examples/common/output_file.h"
#include "examples/common/terminal.h"
#include "examples/common/text.h"
#include "examples/seq2seq/evidence.h"
#include "examples/translate/commands.h"
#include "examples/translate/explained.h"
#include "examples/translate/what_if.h"
#include "glance/autograd/draw.h"
#include "glance/autograd/loss.h"
#include "glance/nn/module.h"
#include "glance/tensor/files/file.h"

namespace glance::seq2seq {

namespace {

using nlohmann::ordered_json;
using Cells = std::vector<std::string>;

// Options that only one kind of model has are refused before a sentence is looked at.
void check_options(const ExplainCommand& command, const Translator& model) {
  const ModelOptions& o = model.options();
  const auto refuse = [&](const char* option, const char* of) {
    throw UsageError(fmt::format("{}: is for {}, and the model is a {}", option, of, model.description()));
  };
  if (o.model == ModelKind::transformer) {
    if (command.steps) refuse("--steps", "the one attention of a recurrent model");
  } else {
    if (command.attention) refuse("--attention", "a Transformer");
    if (command.layer) refuse("--layer", "a Transformer");
    if (command.head) refuse("--head", "a Transformer");
  }
  check_heads(model, command.hide_heads);
  const auto check = [](const char* option, const std::optional<std::size_t>& number, Index most) {
    if (number && static_cast<Index>(*number) > most)
      throw UsageError(fmt::format("{} {}: the model has {}, counted from 1", option, *number, most));
  };
  check("--layer", command.layer, o.layers);
  check("--head", command.head, o.heads);
}

// The weights that are to be shown, and, of a Transformer, whose they are.
struct View {
  AttentionPicture picture;
  std::string name;
};

View view_of(const ExplainCommand& command, const Checkpoint& checkpoint, const Explained& e) {
  const ModelOptions& o = checkpoint.model->options();
  if (o.model != ModelKind::transformer || e.outcome.source.empty()) return {e.picture, {}};
  const AttentionPlace place = command.attention.value_or(AttentionPlace::cross);
  const std::size_t layer = command.layer.value_or(static_cast<std::size_t>(o.layers)) - 1;
  std::optional<std::size_t> head;
  if (command.head) head = *command.head - 1;
  View view{e.picture, name_of_weights(o, place, layer, head)};
  if (place == AttentionPlace::encoder) view.picture.target = e.picture.source;
  if (place == AttentionPlace::decoder) {
    view.picture.source.assign(1, "<begin>");
    view.picture.source.insert(view.picture.source.end(), e.picture.target.begin(), e.picture.target.end() - 1);
  }
  if (!head) view.picture.weights = mean_over_heads(e.evidence.heads, place, layer);
  for (const HeadWeights& of : e.evidence.heads)
    if (of.head.place == place && of.head.layer == layer && of.head.head == head) view.picture.weights = of.weights;
  return view;
}

// The rows of a picture to show, from 0: all, or the one that was asked for.
std::vector<std::size_t> chosen_rows(const ExplainCommand& command, const AttentionPicture& picture) {
  std::vector<std::size_t> rows;
  if (command.word) {
    const bool of_source = command.attention == AttentionPlace::encoder;
    check_place("--word", *command.word, of_source ? "the sentence" : "the translation with its end",
                picture.target.size());
    rows.push_back(*command.word - 1);
  } else {
    for (std::size_t t = 0; t < picture.target.size(); ++t) rows.push_back(t);
  }
  return rows;
}

AttentionPicture only(const AttentionPicture& picture, const std::vector<std::size_t>& rows) {
  AttentionPicture part{picture.source, {}, {}};
  for (const std::size_t t : rows) {
    part.target.push_back(picture.target[t]);
    part.weights.push_back(picture.weights[t]);
  }
  return part;
}

// The weights of every head, where there are several.
ordered_json heads_json(const Explained& e) {
  ordered_json result = ordered_json::array();
  for (const HeadWeights& of : e.evidence.heads)
    result.push_back({{"attention", attention_place_names[static_cast<std::size_t>(of.head.place)]},
                      {"layer", of.head.layer + 1},
                      {"head", of.head.head + 1},
                      {"weights", of.weights}});
  return result;
}

// The four parts of a score that are largest, whichever their sign.
std::vector<ScorePart> largest_parts(const Explained& e, std::size_t t, std::size_t s) {
  constexpr std::size_t shown = 4;
  auto parts = score_parts(e.evidence.queries[t], e.evidence.keys[s]);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const ScorePart& a, const ScorePart& b) { return std::abs(a.product) > std::abs(b.product); });
  parts.resize(std::min(parts.size(), shown));
  return parts;
}

// One source word's way through the three steps for one target word.
struct Steps {
  double score, weight, share;   // share: of the context
  std::vector<ScorePart> parts;  // of the score, where it is a product
};

std::vector<Steps> steps_of(const Explained& e, std::size_t t) {
  const auto shares = context_shares(e.evidence.weights[t], e.evidence.keys);
  const double highest = *std::max_element(e.evidence.weights[t].begin(), e.evidence.weights[t].end());
  std::vector<Steps> steps;
  for (std::size_t s = 0; s < e.outcome.source.size(); ++s) {
    const double weight = e.evidence.weights[t][s];
    if (!e.is_product) {
      // A softmax leaves of the scores how far they are apart.
      steps.push_back({std::log(weight / highest), weight, shares[s], {}});
      continue;
    }
    double score = 0;
    for (const ScorePart& part : score_parts(e.evidence.queries[t], e.evidence.keys[s])) score += part.product;
    steps.push_back({score, weight, shares[s], largest_parts(e, t, s)});
  }
  return steps;
}

std::string steps_heading(const Explained& e) {
  return fmt::format(
      "score: {}; weight: softmax of the scores; context: the share of the\n"
      "context, the average of the values, that a word's weight × value gives\n\n",
      e.is_product ? "query · key" : "how far below the highest");
}

// Every target word with the source words that had a weight to speak of.
std::string steps_table(const Explained& e) {
  constexpr double least = 0.05;
  std::vector<Cells> rows = {{"", "target", "", "source", "score", "weight", "context"}};
  for (std::size_t t = 0; t < e.picture.target.size(); ++t) {
    const auto steps = steps_of(e, t);
    bool first = true;
    for (std::size_t s = 0; s < steps.size(); ++s) {
      if (steps[s].weight < least && steps.size() > 1) continue;
      rows.push_back({first ? std::to_string(t + 1) : "", first ? shown_unit(e.picture.target[t]) : "",
                      std::to_string(s + 1), shown_unit(e.outcome.source[s]), fmt::format("{:.2f}", steps[s].score),
                      hundredths(steps[s].weight), hundredths(steps[s].share)});
      first = false;
    }
  }
  return steps_heading(e) + table(rows, "rlrlrrr") +
         "\nSource words with less than 5% are left out; --word N shows all of a target word's.\n";
}

// One target word with every source word, and where their scores come from.
std::string steps_in_full(const Explained& e, std::size_t t) {
  const auto& weights = e.evidence.weights[t];
  const auto steps = steps_of(e, t);
  std::vector<Cells> rows = {
      {"", "source", "score", "weight", "context", e.is_product ? "largest query × key, by [coordinate]" : ""}};
  for (std::size_t s = 0; s < steps.size(); ++s) {
    std::string parts;
    for (const ScorePart& p : steps[s].parts)
      parts += fmt::format("{}[{}] {:+.2f}", parts.empty() ? "" : ", ", p.coordinate, p.product);
    rows.push_back({std::to_string(s + 1), shown_unit(e.outcome.source[s]), fmt::format("{:.2f}", steps[s].score),
                    hundredths(steps[s].weight), hundredths(steps[s].share), std::move(parts)});
  }
  const auto most = static_cast<std::size_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
  std::string text = fmt::format("{} {}: probability {}, entropy {}\n", t + 1, shown_unit(e.picture.target[t]),
                                 hundredths(e.evidence.probabilities[t]), hundredths(normalised_entropy(weights)));
  text += steps_heading(e) + table(rows, "rlrrrl");
  if (!e.is_product) return text;
  text += fmt::format("\nThe score of {}, {:.2f}, is a sum over {} coordinates; of these the largest:\n\n",
                      shown_unit(e.outcome.source[most]), steps[most].score, e.evidence.keys[most].size());
  std::vector<Cells> products;
  for (const ScorePart& p : steps[most].parts)
    products.push_back({fmt::format("  [{}]", p.coordinate), fmt::format("{:.2f}", p.query), "×",
                        fmt::format("{:.2f}", p.key), fmt::format("= {:+.2f}", p.product)});
  return text + table(products, "rrlrl");
}

ordered_json steps_json(const Explained& e, const std::vector<std::size_t>& targets) {
  ordered_json result = ordered_json::array();
  for (const std::size_t t : targets) {
    ordered_json of_target{{"number", t + 1}, {"word", e.picture.target[t]}, {"sources", ordered_json::array()}};
    const auto steps = steps_of(e, t);
    for (std::size_t s = 0; s < steps.size(); ++s) {
      ordered_json parts = ordered_json::array();
      for (const ScorePart& p : steps[s].parts)
        parts.push_back({{"coordinate", p.coordinate}, {"query", p.query}, {"key", p.key}, {"product", p.product}});
      of_target["sources"].push_back({{"number", s + 1},
                                      {"word", e.outcome.source[s]},
                                      {"score", steps[s].score},
                                      {"weight", steps[s].weight},
                                      {"context", steps[s].share},
                                      {"largest", std::move(parts)}});
    }
    result.push_back(std::move(of_target));
  }
  return result;
}

void print_json(const ExplainCommand& command, const Checkpoint& checkpoint, const Explained& e,
                const std::vector<std::size_t>& rows) {
  const AttentionPicture picture = only(e.picture, rows);
  std::vector<double> entropy, probabilities;
  for (const std::size_t t : rows) {
    entropy.push_back(normalised_entropy(e.picture.weights[t]));
    probabilities.push_back(e.evidence.probabilities[t]);
  }
  ordered_json line{{"source", picture.source}, {"target", picture.target}};
  line["weights"] = picture.weights;
  line["entropy"] = entropy;
  line["probabilities"] = probabilities;
  line["unknown"] = e.outcome.unknown;
  if (checkpoint.model->options().model == ModelKind::transformer) line["attention"] = heads_json(e);
  if (command.steps) line["steps"] = steps_json(e, rows);
  if (command.hide) line["hidden"] = hidden_json(checkpoint, e, *command.hide, command.beam);
  if (!command.hide_heads.empty())
    line["hidden_heads"] = hidden_heads_json(checkpoint, e, command.hide_heads, command.beam);
  if (command.swap) line["swapped"] = swapped_json(checkpoint, e, *command.swap, command.beam);
  fmt::print("{}\n", line.dump());
}

std::string text_of(const ExplainCommand& command, const Checkpoint& checkpoint, const Explained& e, const View& view,
                    const std::vector<std::size_t>& rows) {
  if (command.hide) return hidden_text(checkpoint, e, *command.hide, command.beam);
  if (command.swap) return swapped_text(checkpoint, e, *command.swap, command.beam);
  if (e.outcome.source.empty()) return "a sentence without words: there is nothing to look at\n";
  if (!command.hide_heads.empty()) return hidden_heads_text(checkpoint, e, command.hide_heads, command.beam);
  std::string text = e.title(checkpoint) + "\n\n";
  if (!view.name.empty()) text += view.name + "\n\n";
  if (!command.steps) return text + heatmap(only(view.picture, rows), terminal_of(stdout));
  return text + (command.word ? steps_in_full(e, rows.front()) : steps_table(e));
}

// The graph behind the loss, if this translation were the one to learn.
std::string loss_graph(const Translator& model, const Explained& e) {
  const Example example{e.outcome.numbers, e.outcome.translation.words};
  const Batch batch = make_batch(std::span(&example, 1), std::vector<std::size_t>{0});
  auto names = named_parameters(model);
  const Variable logits = std::visit(
      [&](const auto& held) {
        const auto encoded = held.encode(batch.sources);
        if constexpr (std::is_same_v<decltype(encoded.memory), Variable>) names.push_back({"memory", encoded.memory});
        return held.decode(encoded, batch.fed).logits;
      },
      model.held);
  const Variable loss = softmax_cross_entropy(logits, batch.answers);
  names.push_back({"logits", logits});
  names.push_back({"loss", loss});
  return draw_graph(loss, names);
}

}  // namespace

void explain(const ExplainCommand& command) {
  const Checkpoint checkpoint = load_model(command.model, command.max_output);
  if (!checkpoint.model->has_attention())
    throw Error(fmt::format("{}: was trained with --attention none, so there is nothing to look at", command.model));
  check_options(command, *checkpoint.model);
  for_each_sentence(command.sentences, [&](const std::string& sentence, const std::string& place) {
    const Explained e = explain_words(checkpoint, to_units(sentence, checkpoint.text), command.beam, place);
    const View view = view_of(command, checkpoint, e);
    const auto rows = chosen_rows(command, view.picture);
    if (command.json)
      print_json(command, checkpoint, e, rows);
    else
      fmt::print("{}\n", text_of(command, checkpoint, e, view, rows));
    if (!command.svg.empty())
      replace_file("--svg", command.svg, "<svg",
                   heatmap_svg(only(view.picture, rows), to_text(e.outcome.source, checkpoint.text)));
    if (!command.graph.empty() && !e.outcome.source.empty())
      replace_file("--graph", command.graph, "digraph", loss_graph(*checkpoint.model, e));
  });
}

}  // namespace glance::seq2seq
