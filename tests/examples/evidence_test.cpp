// What is shown of one translation is what the model computes, and a hidden word takes no part.
#include "examples/seq2seq/evidence.h"

#include <cmath>

#include "examples/seq2seq/search.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/softmax.h"
#include "tests/catch.h"
#include "tests/examples/tiny_translator.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

const Example example{{4, 6, 5}, {5, 4, 2}};

double sum(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double total = 0;
  for (std::size_t i = 0; i < a.size(); ++i) total += a[i] * b[i];
  return total;
}

}  // namespace

TEST_CASE("look gives what the model computes, fed the right words") {
  const NoGrad no_grad;
  for (const ModelOptions& options : all_kinds()) {
    const RecurrentTranslator model = tiny_translator(options);
    const Evidence evidence = look(model, example);
    const Batch batch = make_batch(std::span(&example, 1), std::vector<std::size_t>{0});
    const auto decoded = model.decode(model.encode(batch.sources), batch.fed);
    const auto likely = softmax(decoded.logits.value(), -1).to_vector<float>();
    REQUIRE(evidence.probabilities.size() == 3);
    for (std::size_t t = 0; t < 3; ++t)
      CHECK(evidence.probabilities[t] == Approx(likely[6 * t + static_cast<std::size_t>(example.target[t])]));
    if (options.attention == "none") {
      CHECK(evidence.weights.empty());
      CHECK(evidence.queries.empty());
      CHECK(evidence.keys.empty());
      continue;
    }
    const auto weights = decoded.weights.value().to_vector<float>();
    REQUIRE(evidence.weights.size() == 3);
    REQUIRE(evidence.queries.size() == 3);
    REQUIRE(evidence.keys.size() == 3);
    for (std::size_t t = 0; t < 3; ++t) {
      double total = 0;
      for (std::size_t s = 0; s < 3; ++s) total += std::exp(dot(evidence.queries[t], evidence.keys[s]));
      for (std::size_t s = 0; s < 3; ++s) {
        CHECK(evidence.weights[t][s] == Approx(weights[3 * t + s]));
        if (model.kind.is_product)
          CHECK(evidence.weights[t][s] ==
                Approx(std::exp(dot(evidence.queries[t], evidence.keys[s])) / total).epsilon(1e-4));
      }
    }
  }
}

TEST_CASE("a hidden word has weight 0, and the others share what it had") {
  const RecurrentTranslator model = tiny_translator();
  const Evidence all = look(model, example);
  const auto without = hide_each(model, example);
  REQUIRE(without.size() == 3);
  for (std::size_t hidden = 0; hidden < 3; ++hidden) {
    const Evidence alone = look(model, example, hidden);
    for (std::size_t t = 0; t < 3; ++t) {
      CHECK(without[hidden].weights[t][hidden] == 0);
      CHECK(sum(without[hidden].weights[t]) == Approx(1));
      for (std::size_t s = 0; s < 3; ++s) {
        // The queries of this model do not depend on what was attended to.
        if (s != hidden)
          CHECK(without[hidden].weights[t][s] ==
                Approx(all.weights[t][s] / (1 - all.weights[t][hidden])).epsilon(1e-4));
        CHECK(without[hidden].weights[t][s] == Approx(alone.weights[t][s]).epsilon(1e-5));
      }
      CHECK(without[hidden].probabilities[t] == Approx(alone.probabilities[t]).epsilon(1e-5));
    }
    CHECK(std::abs(alone.probabilities[0] - all.probabilities[0]) > 1e-6);
  }
}

TEST_CASE("a translator that may not see a word weights it with 0 while it translates by itself") {
  const RecurrentTranslator model = tiny_translator();
  const PaddedBatch sources = pad_sequences(std::vector<std::vector<Index>>{{4, 6, 5}, {6, 4}}, 0);
  for (const auto& found : search(model, sources, {.hidden = 1}))
    for (const auto& row : found.front().weights) {
      CHECK(row[1] == 0);
      CHECK(sum(row) == Approx(1));
    }
  CHECK(greedy_search(model, sources)[0].weights[0][1] > 0);  // the model itself sees as before

  // Fed the words that it wrote, it finds them as likely.
  const Translation written = search(model, pad_sequences({{example.source}}, 0), {.hidden = 1}).front().front();
  double log_probability = 0;
  for (const double p : look(model, {example.source, written.words}, 1).probabilities) log_probability += std::log(p);
  CHECK(written.log_probability == Approx(log_probability).epsilon(1e-4));
  CHECK_THROWS_WITH(search(model, sources, {.hidden = 3}), "search: no source word 3 of 3 to hide: count from 0");
}

TEST_CASE("the only word can be hidden too") {
  const auto without = hide_each(tiny_translator(), {{4}, {5, 2}});
  REQUIRE(without.size() == 1);
  CHECK(without[0].weights == std::vector<std::vector<double>>{{0}, {0}});
  CHECK(without[0].probabilities[0] > 0);
}

TEST_CASE("looking refuses what is not there") {
  const RecurrentTranslator model = tiny_translator();
  CHECK_THROWS_WITH(look(model, example, 3), "look: no source word 3 of 3: count from 0");
  CHECK_THROWS_WITH(look(model, {{}, {2}}), "look: the sentence or its translation is empty: give it words");
  CHECK_THROWS_WITH(look(model, {{4}, {}}), "look: the sentence or its translation is empty: give it words");
}

TEST_CASE("the parts of a score are sorted and add up to it") {
  const std::vector<double> query = {1, 2, -1, 0.5}, key = {0.5, 1, 3, 1};
  const auto parts = score_parts(query, key);
  REQUIRE(parts.size() == 4);
  const std::vector<std::size_t> order = {1, 0, 3, 2};  // equals in their own order
  const std::vector<double> products = {2, 0.5, 0.5, -3};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(parts[i].coordinate == order[i]);
    CHECK(parts[i].query == query[order[i]]);
    CHECK(parts[i].key == key[order[i]]);
    CHECK(parts[i].product == Approx(products[i]));
  }
  CHECK_THROWS_WITH(score_parts(query, std::vector<double>{1}),
                    "score_parts: a query of 4 numbers and a key of 1: they must be as many");
}

TEST_CASE("shares of the context add up to 1") {
  using Rows = std::vector<std::vector<double>>;
  const std::vector<double> weights = {0.5, 0.25, 0.25};
  // c = (2, 0) + (0, 1) + (-0.5, 0) = (1.5, 1), c · c = 3.25
  const auto shares = context_shares(weights, Rows{{4, 0}, {0, 4}, {-2, 0}});
  CHECK(shares[0] == Approx(3 / 3.25));
  CHECK(shares[1] == Approx(1 / 3.25));
  CHECK(shares[2] == Approx(-0.75 / 3.25));
  CHECK(sum(shares) == Approx(1));
  CHECK(context_shares(weights, Rows{{0}, {0}, {0}}) == std::vector<double>{0, 0, 0});
  CHECK(context_shares({}, {}).empty());
  CHECK_THROWS_WITH(context_shares(weights, Rows{{1}}), "context_shares: 3 weights for 1 values: one for each");
}
