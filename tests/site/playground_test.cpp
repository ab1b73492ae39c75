// Every request of the playground, on pairs that are learnt in no time, and every way to ask for what cannot be.
#include "site/engine/playground.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "examples/seq2seq/checkpoint.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using glance::site::Playground;
using nlohmann::json;

namespace {

json ask(Playground& playground, const json& request) { return json::parse(playground.ask(request.dump())); }

// A few pairs that are learnt in no time.
std::string small_pairs() {
  std::string text;
  for (const char* a : {"red", "blue", "green", "old"})
    for (const char* b : {"dog", "cat", "cow", "fox", "owl"}) text += fmt::format("{} {}\t{} {}\n", a, b, b, a);
  return text;
}

json small(const json& more = json::object()) {
  json request{{"do", "begin"}, {"pairs", small_pairs()}, {"width", 16}, {"embedding", 16}, {"epochs", 2}, {"batch", 4},
               {"rate", 0.01}};
  request.update(more);
  return request;
}

std::string error_of(Playground& playground, const json& request) {
  return ask(playground, request).value("error", "no error");
}

}  // namespace

TEST_CASE("The playground trains step by step, and tells each loss") {
  Playground playground;
  const json begun = ask(playground, small({{"epochs", 8}}));
  REQUIRE(begun.contains("data"));
  const int total = begun["data"]["about"]["steps"];
  CHECK(begun["data"]["about"]["attention"] == true);
  CHECK(begun["words"].size() == 9);
  double first = 0, last = 0;
  for (int step = 1; step <= total; ++step) {
    const json answer = ask(playground, {{"do", "step"}});
    REQUIRE(answer.value("step", 0) == step);
    CHECK(answer["done"] == (step == total));
    CHECK(answer["snapshot"] == (step == 5 || step == 10 || step == 20 || step == 30 || step == total));
    last = answer["loss"];
    if (step == 1) first = last;
  }
  CHECK(last < first / 2);
  CHECK(ask(playground, {{"do", "data"}})["data"]["snapshots"].back()["step"] == total);
  CHECK(error_of(playground, {{"do", "step"}}) == "all steps are done: start again");
}

TEST_CASE("Pairs that are too long are left out, and it is said") {
  Playground playground;
  CHECK(ask(playground, small())["left_out"] == "");
  std::string longer = "a";
  for (int i = 0; i < 40; ++i) longer += " b";
  CHECK(ask(playground, small({{"pairs", "a\tb\nc\td\n" + longer + "\tx\nx\t" + longer + "\n"}}))["left_out"] ==
        "Left out: 2 with more than 40 words on a side. ");
}

TEST_CASE("The same settings give the same weights, and another seed gives others") {
  Playground one, two, three;
  ask(one, small());
  ask(two, small());
  ask(three, small({{"seed", 2}}));
  for (Playground* playground : {&one, &two, &three}) ask(*playground, {{"do", "step"}});
  CHECK(ask(one, {{"do", "weights"}}) == ask(two, {{"do", "weights"}}));
  CHECK(ask(one, {{"do", "weights"}})["bits"] != ask(three, {{"do", "weights"}})["bits"]);
}

TEST_CASE("A sentence of one's own is looked at with its own translation") {
  Playground playground;
  ask(playground, small());
  const json sentence = ask(playground, {{"do", "look"}, {"text", "Red  zebra fox"}})["sentence"];
  CHECK(sentence["source"] == json({"red", "zebra", "fox"}));
  CHECK(sentence["unknown"] == json({1}));
  CHECK(sentence["own"] == true);
  CHECK(sentence["known"] == false);
  const json moment = sentence["moments"][0];
  const std::size_t targets = sentence["target"].size() + 1;
  CHECK(moment["weights"].size() == 3 * targets);
  CHECK(moment["probabilities"].size() == targets);
  CHECK(moment["hidden"].size() == 3);
  CHECK(ask(playground, {{"do", "look"}, {"text", "  "}})["sentence"].is_null());
  CHECK(ask(playground, {{"do", "write"}, {"text", "red fox"}, {"hidden", 1}})["written"].is_array());
}

TEST_CASE("What cannot be done is said in a line, and changes nothing") {
  Playground playground;
  CHECK(error_of(playground, {{"do", "step"}}) == "there is no translator yet: begin with one");
  ask(playground, small());
  const json before = ask(playground, {{"do", "weights"}});
  CHECK(error_of(playground, small({{"pairs", "no tab here\n"}})).starts_with("your pairs:1: "));
  CHECK(error_of(playground, small({{"pairs", "a\tb\n"}})) != "no error");
  CHECK(error_of(playground, small({{"attention", "<b>"}})).find("is none of none, dot") != std::string::npos);
  CHECK(error_of(playground, small({{"cell", 7}})).starts_with("a request that cannot be read"));
  CHECK(error_of(playground, small({{"width", 100000}})) == "a width of 100000: give one from 4 to 512");
  CHECK(error_of(playground, small({{"rate", -1}})) == "a rate of -1: give one above 0, and at most 1");
  CHECK(error_of(playground, small({{"epochs", 0}})) == "0 epochs: give from 1 to 1000");
  CHECK(error_of(playground, small({{"width", 33}, {"both_ways", true}})).find("33 is odd") != std::string::npos);
  CHECK(error_of(playground, {{"do", "dance"}}) == "dance: no such request");
  CHECK(json::parse(playground.ask("{"))["error"].get<std::string>().starts_with("a request that cannot be read"));
  std::string many;
  for (int i = 0; i < 31; ++i) many += "red ";
  CHECK(error_of(playground, {{"do", "look"}, {"text", many}}) ==
        "that sentence has 31 words: this page looks at 30 at most");
  CHECK(error_of(playground, {{"do", "write"}, {"text", "red fox"}, {"hidden", 2}}) != "no error");
  CHECK(ask(playground, {{"do", "weights"}}) == before);
}

TEST_CASE("Every kind that the page offers can be begun") {
  Playground playground;
  for (const char* cell : {"lstm", "gru", "rnn"})
    for (const char* attention : {"none", "dot", "scaled", "general", "additive"}) {
      CAPTURE(cell, attention);
      ask(playground, small({{"cell", cell}, {"attention", attention}, {"both_ways", true}}));
      CHECK(ask(playground, {{"do", "step"}}).contains("loss"));
      CHECK(ask(playground, {{"do", "look"}, {"text", "red fox"}}).contains("sentence"));
    }
  const json begun = ask(playground, small({{"model", "transformer"}}));
  CHECK(begun["data"]["about"]["heads"] == 4);
  CHECK(ask(playground, {{"do", "step"}}).contains("loss"));
  CHECK(ask(playground, {{"do", "look"}, {"text", "red fox"}})["sentence"]["moments"][0]["heads"].size() == 3 * 2 * 4);
}

TEST_CASE("A translator is saved as translate reads it, and opened again") {
  const glance::TemporaryFolder folder;
  const std::string path = folder.path() + "/saved.safetensors";
  Playground playground, other;
  ask(playground, small({{"unit", "characters"}}));
  ask(playground, {{"do", "step"}});
  REQUIRE(ask(playground, {{"do", "save"}, {"path", path}}).empty());
  const glance::seq2seq::Checkpoint file = glance::seq2seq::load_checkpoint(path);
  CHECK(file.text.unit == glance::Unit::characters);
  REQUIRE(ask(other, {{"do", "open"}, {"path", path}}).contains("data"));
  CHECK(ask(other, {{"do", "weights"}}) == ask(playground, {{"do", "weights"}}));
  CHECK(ask(other, {{"do", "write"}, {"text", "red fox"}}) == ask(playground, {{"do", "write"}, {"text", "red fox"}}));
  CHECK(error_of(other, {{"do", "open"}, {"path", folder.path() + "/none"}}) != "no error");
  CHECK(ask(other, {{"do", "weights"}}) == ask(playground, {{"do", "weights"}}));
}
