// BLEU is what sacrebleu gives, and exact matches are counted by hand.
#include "examples/seq2seq/score.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;
using namespace glance::seq2seq;

using Words = std::vector<std::string>;

namespace {

std::vector<Words> split(const std::vector<std::string>& sentences) {
  std::vector<Words> found;
  for (const std::string& sentence : sentences) {
    std::istringstream stream(sentence);
    Words& words = found.emplace_back();
    for (std::string word; stream >> word;) words.push_back(word);
  }
  return found;
}

struct Case {
  std::string what;
  std::vector<std::string> hypotheses, references;
  double score;
  std::vector<double> precisions;
  double brevity_penalty;
};

// Values by sacrebleu 2.6.0:
//   b = sacrebleu.corpus_bleu(hypotheses, [references], tokenize="none", smooth_method="exp", force=True)
//   b.score, b.precisions, b.bp
std::vector<Case> cases() {
  return {
      {"perfect",
       {"le chat a mangé la pomme"},
       {"le chat a mangé la pomme"},
       100.000000000,
       {100.000000000, 100.000000000, 100.000000000, 100.000000000},
       1.000000000},
      {"one word wrong",
       {"le chat a mangé le pomme"},
       {"le chat a mangé la pomme"},
       53.728496591,
       {83.333333333, 60.000000000, 50.000000000, 33.333333333},
       1.000000000},
      {"several sentences",
       {"i m ill .", "he is not a small man .", "we are going home now ."},
       {"i m sick .", "he is not a tall man .", "we re going home now ."},
       45.479124442,
       {82.352941176, 57.142857143, 36.363636364, 25.000000000},
       1.000000000},
      {"too short",
       {"the cat ate", "the dog slept in the"},
       {"the cat ate the apple .", "the dog slept in the garden ."},
       53.526142852,
       {100.000000000, 100.000000000, 100.000000000, 100.000000000},
       0.535261429},
      {"too long",
       {"the the the the the the the", "a b c d e f g h"},
       {"the cat is on the mat", "a b c d"},
       20.780604348,
       {40.000000000, 23.076923077, 18.181818182, 11.111111111},
       1.000000000},
      {"no 4-gram matches",
       {"a b c x d e f", "g h y i"},
       {"a b c d e f", "g h i j"},
       33.758047405,
       {81.818181818, 55.555555556, 28.571428571, 10.000000000},
       1.000000000},
      {"no bigram matches",
       {"a x b y c z", "d w e"},
       {"a b c d", "d e f g"},
       9.535414041,
       {55.555555556, 7.142857143, 5.000000000, 4.166666667},
       1.000000000},
      {"no word matches",
       {"x y z w v"},
       {"a b c d e"},
       0.000000000,
       {0.000000000, 0.000000000, 0.000000000, 0.000000000},
       1.000000000},
      {"an empty hypothesis",
       {"", "the dog slept in the garden ."},
       {"the cat ate the apple .", "the dog slept in the garden ."},
       42.437284568,
       {100.000000000, 100.000000000, 100.000000000, 100.000000000},
       0.424372846},
      {"only empty hypotheses",
       {"", ""},
       {"a b c d", "e f"},
       0.000000000,
       {0.000000000, 0.000000000, 0.000000000, 0.000000000},
       0.000000000},
      {"an empty reference",
       {"a b c d e", "f g h i"},
       {"", "f g h i"},
       39.920397615,
       {44.444444444, 42.857142857, 40.000000000, 33.333333333},
       1.000000000},
      {"nothing at all", {""}, {""}, 0.000000000, {0.000000000, 0.000000000, 0.000000000, 0.000000000}, 1.000000000},
      {"clipped",
       {"the the the the cat sat", "on on the mat the mat"},
       {"the cat sat on the mat", "on the mat the cat sat"},
       37.991784283,
       {66.666666667, 50.000000000, 37.500000000, 16.666666667},
       1.000000000},
  };
}

}  // namespace

TEST_CASE("bleu is sacrebleu's") {
  for (const Case& c : cases()) {
    INFO(c.what);
    const Bleu found = bleu(split(c.hypotheses), split(c.references));
    CHECK(found.score == Approx(c.score).epsilon(1e-9));
    for (std::size_t n = 0; n < 4; ++n) CHECK(found.precisions[n] == Approx(c.precisions[n]).epsilon(1e-9));
    CHECK(found.brevity_penalty == Approx(c.brevity_penalty).epsilon(1e-8));
  }
}

TEST_CASE("bleu counts n-grams as far as the references have words") {
  const auto order_and_score = [](const std::vector<std::string>& hypotheses,
                                  const std::vector<std::string>& references) {
    const Bleu found = bleu(split(hypotheses), split(references));
    return std::pair(found.order, found.score);
  };
  const std::vector<std::vector<std::string>> perfect = {{"a", "b"}, {"a b", "d"}, {"a b c", "d e"}, {"a b c d", "e"}};
  for (std::size_t i = 0; i < perfect.size(); ++i) {
    CHECK(order_and_score(perfect[i], perfect[i]).first == i + 1);
    CHECK(order_and_score(perfect[i], perfect[i]).second == Approx(100));
  }
  const auto [order, score] = order_and_score({"a x", "d e f g"}, {"a b", "d e f"});  // precisions 4/6 and 2/4
  CHECK(order == 3);
  CHECK(score == Approx(100 * std::cbrt(4.0 / 6 * 2 / 4 * 1 / 2)));
  CHECK(order_and_score({"a b c"}, {"a b c d"}) ==
        std::pair<std::size_t, double>{4, 0});  // the reference has a 4-gram, the hypothesis none
}

TEST_CASE("bleu counts words and takes an empty corpus") {
  const Bleu found = bleu(split({"a b c", "d"}), split({"a b", "d e f"}));
  CHECK(found.hypothesis_words == 4);
  CHECK(found.reference_words == 5);
  CHECK(bleu({}, {}).score == 0);
}

TEST_CASE("bleu does not depend on the order of sentences") {
  std::vector<Words> hypotheses = split({"a b c d", "a b x d e", "c d e"});
  std::vector<Words> references = split({"a b c d", "a b c d e", "c d f"});
  const double before = bleu(hypotheses, references).score;
  std::reverse(hypotheses.begin(), hypotheses.end());
  std::reverse(references.begin(), references.end());
  CHECK(bleu(hypotheses, references).score == Approx(before));
}

TEST_CASE("exact_match is the share of whole sentences") {
  CHECK(exact_match(split({"a b", "c", ""}), split({"a b", "c d", ""})) == Approx(2.0 / 3));
  CHECK(exact_match({}, {}) == 0);
}

TEST_CASE("scores refuse lists that do not match") {
  CHECK_THROWS_WITH(bleu(split({"a"}), split({"a", "b"})), "bleu: 1 hypotheses for 2 references: one for each");
  CHECK_THROWS_AS(exact_match(split({"a"}), {}), Error);
}
