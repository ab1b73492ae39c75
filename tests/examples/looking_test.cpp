// The score of where attention looks, on weights made by hand.
#include "examples/seq2seq/looking.h"

#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

using Rows = std::vector<std::vector<double>>;

// "the cat ate" -> "le chat a mangé"
Sentence sentence() {
  Sentence found;
  found.source = {"the", "cat", "ate"};
  found.target = {{"le", Role::article, {0}, 1},
                  {"chat", Role::noun, {1}, {}},
                  {"a", Role::auxiliary, {2}, {}},
                  {"mangé", Role::participle, {2}, {}}};
  return found;
}

const Rows good = {{0.5, 0.3, 0.2}, {0, 1, 0}, {0, 0, 1}, {0.1, 0, 0.9}};
const Rows bad = {{0.1, 0.3, 0.6}, {0, 1, 0}, {0, 0, 1}, {0.4, 0.1, 0.5}, {1, 0, 0}};  // with a row for the end

}  // namespace

TEST_CASE("score_looking averages over articles and participles") {
  const Looking looking = score_looking(std::vector<Sentence>{sentence(), sentence()}, std::vector<Rows>{good, bad});
  CHECK(looking.articles == 2);
  CHECK(looking.participles == 2);
  CHECK(looking.article_and_noun == Approx((0.8 + 0.4) / 2));
  CHECK(looking.article_noun == Approx(0.3));
  CHECK(looking.article_top == Approx(0.5));
  CHECK(looking.participle_verb == Approx((0.9 + 0.5) / 2));
}

TEST_CASE("score_looking of nothing is nothing") {
  const Looking looking = score_looking({}, {});
  CHECK(looking.articles == 0);
  CHECK(looking.article_and_noun == 0);
  CHECK(looking.participle_verb == 0);
}

TEST_CASE("score_looking refuses weights of another sentence") {
  const std::vector<Sentence> one = {sentence()};
  CHECK_THROWS_WITH(score_looking(one, {}), "score_looking: weights of 0 sentences for 1");
  CHECK_THROWS_WITH(score_looking(one, std::vector<Rows>{{{1, 0, 0}}}),
                    "score_looking: sentence 0: 1 rows of weights for 4 target words");
  CHECK_THROWS_WITH(score_looking(one, std::vector<Rows>{Rows(4, {0.5, 0.5})}),
                    "score_looking: sentence 0: 2 weights for 3 source words");
}
