// What the grammar says of wrong translations, against what a person says of them.
#include "examples/seq2seq/slips.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "examples/lesson/twenty.h"
#include "tests/catch.h"

using namespace glance::seq2seq;

namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// The first of many sentences with this English.
Sentence sentence(const std::string& english) {
  static const std::vector<Sentence> all = sentences(8000, 2);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Sentence& s) { return s.source == words(english); });
  INFO(english);
  REQUIRE(found != all.end());
  return *found;
}

// The ways in which a translation of `english` is wrong, in order.
std::vector<std::string> slips(const std::string& english, const std::string& written) {
  std::vector<std::string> names;
  const std::vector<std::string> list = words(written);
  for (const WrongPlace& place : slips_of(sentence(english), list)) names.emplace_back(name(place.slip));
  return names;
}

using Names = std::vector<std::string>;

const std::string horse = "my horse loses the heavy coat .";  // mon cheval perd le manteau lourd .
const std::string brother = "the brother that works will not see the kitchen .";

}  // namespace

TEST_CASE("a translation that is right has no slip") {
  CHECK(slips(horse, "mon cheval perd le manteau lourd .").empty());
}

TEST_CASE("each usual slip is told by its name") {
  CHECK(slips(horse, "ma cheval perd le manteau lourd .") == Names{"agreement"});
  CHECK(slips(horse, "mon cheval perd le manteau lourde .") == Names{"agreement"});
  CHECK(slips(horse, "mon cheval perd le lourd manteau .") == Names{"order"});
  CHECK(slips(horse, "mon cheval lourd perd le manteau .") == Names{"order"});
  CHECK(slips(horse, "mon cheval perd le manteau manteau lourd .") == Names{"repeated"});
  CHECK(slips(horse, "mon cheval perd le cheval lourd .") == Names{"repeated"});
  CHECK(slips(horse, "mon cheval perd le manteau .") == Names{"dropped"});
  CHECK(slips(horse, "mon cheval perd le manteau lourd") == Names{"dropped"});
  CHECK(slips(horse, "mon cheval vend le manteau lourd .") == Names{"other word"});
  CHECK(slips(horse, "mon cheval a perdu le manteau lourd .") == Names{"auxiliary", "auxiliary"});
  CHECK(slips(horse, "mon cheval ne perd pas le manteau lourd .") == Names{"negation", "negation"});
  CHECK(slips(brother, "le frère qui travaille va voir la cuisine .") == Names{"negation", "negation"});
  CHECK(slips(brother, "le frère qui travaille n' va pas voir la cuisine .") == Names{"negation"});
  CHECK(slips(brother, "le frère qui travaille ne a pas voir la cuisine .") == Names{"auxiliary"});
  CHECK(slips(brother, "le frère qui travaille ne va pas vu la cuisine .") == Names{"auxiliary"});
}

TEST_CASE("an article that goes with a noun taken for another is not wrong itself") {
  CHECK(slips(horse, "ma vache perd le manteau lourd .") == Names{"other word"});
  CHECK(slips(horse, "mon cheval perd la clé lourde .") == Names{"other word"});
  // With a noun of the same gender it should have stayed.
  CHECK(slips(horse, "ma chien perd le manteau lourd .") == Names{"agreement", "other word"});
}

TEST_CASE("several slips are told apart, and a wrong place says which words it is about") {
  const auto written = words("ma cheval perd manteau lourd .");
  const auto places = slips_of(sentence(horse), written);
  REQUIRE(places.size() == 2);
  CHECK(places[0].slip == Slip::agreement);
  CHECK(places[0].written == 0u);
  CHECK(places[0].right == 0u);
  CHECK(places[1].slip == Slip::dropped);
  CHECK_FALSE(places[1].written.has_value());
  CHECK(places[1].right == 3u);
  CHECK_FALSE(only_slip(places).has_value());
  CHECK(only_slip(std::vector{places[0]}) == Slip::agreement);
  CHECK_FALSE(only_slip({}).has_value());
}

TEST_CASE("what is no translation at all is told without an error") {
  CHECK(slips(horse, "") == Names(7, "dropped"));
  const Names of_one = slips(horse, "xyz");
  CHECK(of_one.size() == 7);
  CHECK(std::count(of_one.begin(), of_one.end(), "dropped") == 6);
  CHECK(std::count(of_one.begin(), of_one.end(), "other word") == 1);
}

TEST_CASE("each of the twenty has a sentence, a row of weights for each word, and one cause; all causes are there") {
  std::vector<int> of(lesson::cause_names.size());
  std::map<std::uint64_t, std::vector<Sentence>> languages;
  for (const auto& item : lesson::twenty) {
    INFO(item.written);
    std::vector<Sentence>& language = languages[item.seed];
    if (language.empty()) language = sentences(8000, item.seed);
    const Sentence& of_item = language.at(item.number);
    const auto cause = lesson::cause_of(item, of_item);
    REQUIRE(cause.has_value());
    ++of[static_cast<std::size_t>(*cause)];
    const bool endless = item.written.ends_with("…");
    CHECK(item.weights.size() + endless == words(item.written).size());
    for (const auto& row : item.weights) CHECK(row.size() == of_item.source.size());
    CHECK(item.forced_right <= of_item.target.size() + 1);
  }
  CHECK(std::size(lesson::twenty) == 20);
  for (const int count : of) CHECK(count >= 2);
}
