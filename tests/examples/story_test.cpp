// The story that the demo tells, held against a short training: a smaller sample of what docs/training.md claims.
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;
using nlohmann::json;

TEST_CASE("a short training on the built-in language translates, and looks where the words come from") {
  const TemporaryFolder folder;
  const auto trained = run(folder, "translate train --limit 8000 --epochs 4 --threads 2 --out m");
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  const auto told = run(folder, "translate evaluate m --json");
  INFO(told.err);
  REQUIRE(told.status == 0);
  const json story = json::parse(told.out);
  CHECK(story.at("exact").get<double>() >= 0.97);
  CHECK(story.at("articles").get<int>() >= 200);
  CHECK(story.at("article_and_noun").get<double>() >= 0.8);
  CHECK(story.at("article_noun").get<double>() >= 0.15);
  CHECK(story.at("article_top").get<double>() >= 0.9);
  CHECK(story.at("participle_verb").get<double>() >= 0.8);
  CHECK(story.at("swapped").get<int>() >= 200);
  CHECK(story.at("flipped").get<double>() >= 0.95);
}
