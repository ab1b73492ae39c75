// Runs a translator on one sentence and keeps all that attention computes there, with every word visible or with one
// hidden.
#include "examples/seq2seq/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <variant>

#include "examples/seq2seq/weights.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/error.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/view.h"

namespace glance::seq2seq {

namespace {

using Rows = std::vector<std::vector<double>>;

// Row `row` of a batch of matrices [batch, rows, columns]; nothing from an undefined one.
Rows matrix(const Tensor& batch, Index row) {
  if (!batch.defined()) return {};
  const Tensor matrix = select(batch, 0, row);
  const auto values = matrix.to_vector<float>();
  const auto columns = static_cast<std::ptrdiff_t>(matrix.shape(1));
  Rows rows;
  for (auto at = values.begin(); at != values.end(); at += columns) rows.emplace_back(at, at + columns);
  return rows;
}

// What a recurrent translator's attention was asked.
struct Overheard {
  Tensor queries, keys;
};

// The same translator, sharing its parameters, whose attention is listened to.
Translator listener(const Translator& model, Overheard& overheard) {
  const auto* recurrent = std::get_if<RecurrentTranslator>(&model.held);
  if (!recurrent || !recurrent->attention) return model;
  RecurrentTranslator result = *recurrent;
  result.attention = [attend = recurrent->attention, &overheard](const Variable& query, const Variable& keys,
                                                                 const Variable& values, const Tensor& visible) {
    overheard = {query.value(), keys.value()};
    return attend(query, keys, values, visible);
  };
  return result;
}

// The weights of each head for row `row` of the batch.
std::vector<HeadWeights> heads_of(const std::vector<LayerAttention>& attention, Index row) {
  std::vector<HeadWeights> result;
  for (const LayerAttention& each : attention) {
    const Tensor heads = select(each.weights.value(), 0, row);
    for (Index head = 0; head < heads.shape(0); ++head)
      result.push_back({{each.place, each.layer, static_cast<std::size_t>(head)}, matrix(heads, head)});
  }
  return result;
}

// The attention of a Transformer's layer.
MultiHeadAttention& attention_of(TransformerTranslator& model, AttentionPlace place, std::size_t layer) {
  switch (place) {
    case AttentionPlace::cross:
      return model.decoder.layers.at(layer).multihead_attn;
    case AttentionPlace::encoder:
      return model.encoder.layers.at(layer).self_attn;
    case AttentionPlace::decoder:
      break;
  }
  return model.decoder.layers.at(layer).self_attn;
}

// One example side by side with itself, with another source word hidden in each row.
std::vector<Evidence> look_hiding(const Translator& model, const Example& example,
                                  const std::vector<std::optional<std::size_t>>& hidden) {
  const std::size_t sources = example.source.size(), targets = example.target.size();
  if (sources == 0 || targets == 0) throw Error("look: the sentence or its translation is empty: give it words");
  const NoGrad no_grad;
  const Batch batch = make_batch(std::span(&example, 1), std::vector<std::size_t>(hidden.size(), 0));
  const Tensor visible = full({static_cast<Index>(hidden.size()), 1, static_cast<Index>(sources)}, true, boolean);
  bool* sees = visible.write<bool>();
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    if (!hidden[i]) continue;
    if (*hidden[i] >= sources)
      throw Error(fmt::format("look: no source word {} of {}: count from 0", *hidden[i], sources));
    sees[i * sources + *hidden[i]] = false;
  }
  Overheard overheard;
  const auto decoded = listener(model, overheard).decode(batch.sources, batch.fed, nullptr, visible);
  const Tensor weights = decoded.weights();
  const Tensor likely = softmax(decoded.logits.value(), -1);  // [hidden, targets, target words]

  std::vector<Evidence> result;
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    const auto row = static_cast<Index>(i);
    Evidence evidence{
        {}, {}, matrix(overheard.queries, row), matrix(overheard.keys, row), heads_of(decoded.attention, row)};
    const Tensor of_row = select(likely, 0, row);
    for (std::size_t t = 0; t < targets; ++t)
      evidence.probabilities.push_back(select(select(of_row, 0, static_cast<Index>(t)), 0, example.target[t]).item());
    result.push_back(std::move(evidence));
  }
  if (weights.defined())
    for_each_answer(weights, batch.sources.lengths, batch.fed.lengths, [&](const AnswerWeights& of) {
      result[of.example].weights.emplace_back(of.on_words.begin(), of.on_words.end());
    });
  return result;
}

double dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

Evidence look(const Translator& model, const Example& example, std::optional<std::size_t> hidden) {
  return std::move(look_hiding(model, example, {hidden}).front());
}

std::vector<Evidence> hide_each(const Translator& model, const Example& example) {
  std::vector<std::optional<std::size_t>> hidden;
  for (std::size_t i = 0; i < example.source.size(); ++i) hidden.emplace_back(i);
  return look_hiding(model, example, hidden);
}

Translator hide_head(const Translator& model, const Head& hidden) {
  const auto* transformer = std::get_if<TransformerTranslator>(&model.held);
  const ModelOptions& o = model.options();
  if (!transformer || hidden.layer >= static_cast<std::size_t>(o.layers) ||
      hidden.head >= static_cast<std::size_t>(o.heads))
    throw Error(fmt::format("hide_head: no head {} in layer {} of a {}: count from 0", hidden.head, hidden.layer,
                            model.description()));
  TransformerTranslator result = *transformer;
  // What a head says goes through its own columns of the last projection, and through nothing else.
  Variable& weight = attention_of(result, hidden.place, hidden.layer).out_proj.weight;  // [width, width]
  const Index features = o.embedding / o.heads;
  Tensor keeps = full({o.embedding}, 1);
  float* columns = keeps.write<float>() + static_cast<Index>(hidden.head) * features;
  std::fill(columns, columns + features, 0.0f);
  weight = Variable(weight.value() * keeps);
  return result;
}

std::vector<std::vector<double>> mean_over_heads(std::span<const HeadWeights> heads, AttentionPlace place,
                                                 std::size_t layer) {
  Rows sum;
  double count = 0;
  for (const HeadWeights& each : heads) {
    if (each.head.place != place || each.head.layer != layer) continue;
    if (count++ == 0) {
      sum = each.weights;
      continue;
    }
    for (std::size_t t = 0; t < sum.size(); ++t)
      for (std::size_t s = 0; s < sum[t].size(); ++s) sum[t][s] += each.weights[t][s];
  }
  if (count == 0)
    throw Error(fmt::format("mean_over_heads: no {} attention in layer {}: count from 0",
                            attention_place_names[static_cast<std::size_t>(place)], layer));
  for (auto& row : sum)
    for (double& weight : row) weight /= count;
  return sum;
}

std::vector<ScorePart> score_parts(std::span<const double> query, std::span<const double> key) {
  if (query.size() != key.size())
    throw Error(fmt::format("score_parts: a query of {} numbers and a key of {}: they must be as many", query.size(),
                            key.size()));
  std::vector<ScorePart> parts;
  for (std::size_t i = 0; i < query.size(); ++i) parts.push_back({i, query[i], key[i], query[i] * key[i]});
  std::stable_sort(parts.begin(), parts.end(),
                   [](const ScorePart& a, const ScorePart& b) { return a.product > b.product; });
  return parts;
}

std::vector<double> context_shares(std::span<const double> weights, std::span<const std::vector<double>> values) {
  if (weights.size() != values.size())
    throw Error(fmt::format("context_shares: {} weights for {} values: one for each", weights.size(), values.size()));
  std::vector<double> context(values.empty() ? 0 : values.front().size());
  for (std::size_t i = 0; i < weights.size(); ++i)
    for (std::size_t f = 0; f < context.size(); ++f) context[f] += weights[i] * values[i].at(f);
  const double length = dot(context, context);
  std::vector<double> shares;
  for (std::size_t i = 0; i < weights.size(); ++i)
    shares.push_back(length > 0 ? weights[i] * dot(values[i], context) / length : 0);
  return shares;
}

}  // namespace glance::seq2seq
