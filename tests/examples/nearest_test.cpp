// A slip is told from another word, and the nearest of several is found.
#include "examples/common/nearest.h"

#include <vector>

#include "tests/catch.h"

using namespace glance;

TEST_CASE("the nearest word is the one that fewest letters part from it") {
  const std::vector<std::string> words{"train", "translate", "explain", "évaluer", "cat", "a"};
  CHECK(nearest("trian", words) == "train");       // two letters exchanged count once
  CHECK(nearest("trane", words) == std::nullopt);  // two changes of five letters
  CHECK(nearest("translat", words) == "translate");
  CHECK(nearest("xplain", words) == "explain");
  CHECK(nearest("evaluer", words) == "évaluer");  // a letter of two bytes is one letter
  CHECK(nearest("cot", words) == "cat");
  CHECK(nearest("banana", words) == std::nullopt);
  CHECK(nearest("an", words) == std::nullopt);  // half of so short a word is all of it
  CHECK(nearest("", words) == std::nullopt);
  CHECK(nearest("train", words) == "train");
  CHECK(nearest("cat", {}) == std::nullopt);
  CHECK(nearest("bat", std::vector<std::string>{"cat", "rat"}) == "cat");           // the first
  CHECK(nearest("cot", std::vector<std::string>{"not", "coat", "cat"}) == "coat");  // that begins alike
}
