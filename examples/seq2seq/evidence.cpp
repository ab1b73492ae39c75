// Runs a translator on one sentence and keeps all that attention computes there, with every word visible or with one
// hidden.
#include "examples/seq2seq/evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

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

// One example side by side with itself, with another source word hidden in each row.
std::vector<Evidence> look_hiding(const Translator& model, const Example& example,
                                  const std::vector<std::optional<std::size_t>>& hidden) {
  const std::size_t sources = example.source.size(), targets = example.target.size();
  if (sources == 0 || targets == 0) throw Error("look: the sentence or its translation is empty: give it words");
  const NoGrad no_grad;
  const Batch batch = make_batch(std::span(&example, 1), std::vector<std::size_t>(hidden.size(), 0));
  Translator::Encoded encoded = model.encode(batch.sources);
  encoded.visible = full({static_cast<Index>(hidden.size()), 1, static_cast<Index>(sources)}, true, boolean);
  bool* visible = encoded.visible.write<bool>();
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    if (!hidden[i]) continue;
    if (*hidden[i] >= sources)
      throw Error(fmt::format("look: no source word {} of {}: count from 0", *hidden[i], sources));
    visible[i * sources + *hidden[i]] = false;
  }

  // A copy of the model shares its parameters: only its attention is listened to.
  Translator listener = model;
  Tensor queries;
  if (model.attention)
    listener.attention = [&](const Variable& query, const Variable& keys, const Variable& values, const Tensor& seen) {
      queries = query.value();
      return model.attention(query, keys, values, seen);
    };
  const auto decoded = listener.decode(encoded, batch.fed);
  const Tensor weights = decoded.weights.defined() ? decoded.weights.value() : Tensor();
  const Tensor keys = queries.defined() ? encoded.memory.value() : Tensor();
  const Tensor likely = softmax(decoded.logits.value(), -1);  // [hidden, targets, target words]

  std::vector<Evidence> result;
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    const auto row = static_cast<Index>(i);
    Evidence evidence{{}, {}, matrix(queries, row), matrix(keys, row)};
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

Translator hide_word(const Translator& model, std::size_t hidden) {
  Translator result = model;
  if (!model.attention) return result;
  result.attention = [attend = model.attention, hidden](const Variable& query, const Variable& keys,
                                                        const Variable& values, const Tensor& visible) {
    if (static_cast<Index>(hidden) >= keys.shape(-2))
      throw Error(fmt::format("hide_word: no source word {} of {}: count from 0", hidden, keys.shape(-2)));
    Tensor others = full({keys.shape(-2)}, true, boolean);
    others.write<bool>()[hidden] = false;
    return attend(query, keys, values, visible.defined() ? logical_and(visible, others) : others);
  };
  return result;
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
