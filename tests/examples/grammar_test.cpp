// The built-in language is right: agreement, one translation per sentence, no repeats, the same from the same seed.
#include "examples/seq2seq/grammar.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "examples/common/text.h"
#include "examples/seq2seq/lexicon.h"
#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;
using namespace glance::seq2seq;

using Words = std::vector<std::string>;

namespace {

// Large enough to hold every word and every rule.
const std::vector<Sentence>& sample() {
  static const std::vector<Sentence> found = sentences(6000, 1);
  return found;
}

std::string text(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// "grande<big:tower": the word, what it says, and what it agrees with.
std::string marked(const Sentence& sentence) {
  std::string marks;
  for (const TargetWord& word : sentence.target) {
    marks += (marks.empty() ? "" : " ") + word.text + "<";
    for (const std::size_t position : word.says)
      marks += (position == word.says.front() ? "" : "+") + sentence.source.at(position);
    if (word.agrees_with) marks += ":" + sentence.source.at(*word.agrees_with);
  }
  return marks;
}

const lexicon::Noun& noun(std::string_view english) {
  return *std::find_if(std::begin(lexicon::nouns), std::end(lexicon::nouns),
                       [&](const lexicon::Noun& entry) { return entry.english == english; });
}

bool is_feminine(std::string_view english) { return noun(english).gender == lexicon::Gender::feminine; }

}  // namespace

TEST_CASE("the grammar translates as French does, and knows from where") {
  const std::map<std::string, std::string> expected = {
      {"the dog ate the apple", "le<the:dog chien<dog a<ate mangé<ate la<the:apple pomme<apple"},
      {"the hen will find the old green tower",
       "la<the:hen poule<hen va<will trouver<find la<the:tower vieille<old:tower tour<tower verte<green:tower"},
      {"the wolf did not hide my fox", "le<the:wolf loup<wolf n'<not a<did pas<not caché<hide mon<my:fox renard<fox"},
      {"the witch does not like the fox .",
       "la<the:witch sorcière<witch n'<not aime<like pas<not le<the:fox renard<fox .<."},
      {"the cat will not run", "le<the:cat chat<cat ne<not va<will pas<not courir<run"},
      {"my father that ate the pear sells this book",
       "mon<my:father père<father qui<that a<ate mangé<ate la<the:pear poire<pear vend<sells ce<this:book livre<book"},
      {"the father thinks that the girl broke the bag",
       "le<the:father père<father pense<thinks que<that la<the:girl fille<girl a<broke cassé<broke le<the:bag sac<bag"},
      {"the frog will eat the lemon because the fox dances",
       "la<the:frog grenouille<frog va<will manger<eat le<the:lemon citron<lemon parce<because que<because le<the:fox "
       "renard<fox danse<dances"},
      {"my frog sang behind the castle but this sister bought this key",
       "ma<my:frog grenouille<frog a<sang chanté<sang derrière<behind le<the:castle château<castle mais<but "
       "cette<this:sister sœur<sister a<bought acheté<bought cette<this:key clé<key"},
      {"the hen sang in my bad forest and the mouse sees my boy",
       "la<the:hen poule<hen a<sang chanté<sang dans<in ma<my:forest mauvaise<bad:forest forêt<forest et<and "
       "la<the:mouse souris<mouse voit<sees mon<my:boy garçon<boy"},
      {"this happy goat sang", "cette<this:goat chèvre<goat heureuse<happy:goat a<sang chanté<sang"},
  };
  std::map<std::string, const Sentence*> found;
  for (const Sentence& sentence : sample()) found[text(sentence.source)] = &sentence;
  for (const auto& [english, french] : expected) {
    INFO(english);
    REQUIRE(found.contains(english));
    CHECK(marked(*found.at(english)) == french);
  }
}

TEST_CASE("every sentence is new, short enough and has one translation") {
  std::set<Words> sources;
  std::size_t shortest = 99, longest = 0, words = 0;
  for (const Sentence& sentence : sample()) {
    CHECK(sources.insert(sentence.source).second);
    shortest = std::min(shortest, sentence.source.size());
    longest = std::max(longest, sentence.source.size());
    words += sentence.source.size();
  }
  CHECK(shortest == 3);
  CHECK(longest == 16);
  CHECK(words / sample().size() >= 8);  // long enough to need attention
  for (const Sentence& sentence : sentences(50, 2, 5)) CHECK(sentence.source.size() <= 5);
}

TEST_CASE("the seed decides, and more sentences are the same and then others") {
  const auto few = sentences(20, 3);
  const auto more = sentences(40, 3);
  for (std::size_t i = 0; i < few.size(); ++i) CHECK(few[i].source == more[i].source);
  CHECK(sentences(20, 4)[0].source != few[0].source);
  // Committed so that the language stays the same on every machine.
  CHECK(text(sample()[0].source) == "my happy prince will forget that the old black wolf buys this white lamp .");
}

TEST_CASE("every French word has its English ones") {
  std::set<Role> roles;
  for (const Sentence& sentence : sample()) {
    INFO(text(sentence.source));
    std::set<std::size_t> said;
    for (const TargetWord& word : sentence.target) {
      roles.insert(word.role);
      REQUIRE(!word.says.empty());
      REQUIRE(std::is_sorted(word.says.begin(), word.says.end()));
      REQUIRE(word.says.back() < sentence.source.size());
      said.insert(word.says.begin(), word.says.end());
      const bool agrees = word.role == Role::article || word.role == Role::adjective;
      REQUIRE(agrees == word.agrees_with.has_value());
    }
    for (std::size_t i = 0; i < sentence.source.size(); ++i) {
      INFO(sentence.source[i]);
      REQUIRE((said.contains(i) || sentence.source[i] == "does"));  // French has no word for "does"
    }
  }
  CHECK(roles.size() == 11);
  CHECK(name(Role::article) == std::string("article"));
  CHECK(name(Role::punctuation) == std::string("punctuation"));
}

TEST_CASE("articles and adjectives agree with their noun, participles say their verb") {
  const std::map<std::string, std::pair<std::string, std::string>> forms = {
      {"the", {"le", "la"}}, {"this", {"ce", "cette"}}, {"my", {"mon", "ma"}}, {"white", {"blanc", "blanche"}}};
  std::size_t checked = 0;
  for (const Sentence& sentence : sample()) {
    for (const TargetWord& word : sentence.target) {
      const std::string& english = sentence.source.at(word.says.front());
      if (word.agrees_with && forms.contains(english)) {
        const auto& [masculine, feminine] = forms.at(english);
        REQUIRE(word.text == (is_feminine(sentence.source.at(*word.agrees_with)) ? feminine : masculine));
        ++checked;
      }
      if (word.text == "mangé") REQUIRE((word.says.size() == 1 && (english == "ate" || english == "eat")));
    }
  }
  CHECK(checked > 6000);
}

TEST_CASE("the sentences survive the splitting that the user's sentences go through") {
  for (const Sentence& sentence : sample()) {
    const Pair words = pair(sentence);
    REQUIRE(split_words(join_words(words.source)) == words.source);
    REQUIRE(split_words(join_words(words.target)) == words.target);
  }
}

TEST_CASE("swap_gender changes one noun and what agrees with it") {
  std::size_t flipped = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    const Sentence& before = sample()[i];
    for (std::size_t which = 0; which < before.nouns.size(); ++which) {
      const Sentence after = swap_gender(before, which, i);
      INFO(text(before.source) << " -> " << text(after.source));
      const std::size_t position = before.nouns[which];
      REQUIRE(after.nouns == before.nouns);
      REQUIRE(noun(before.source[position]).kind == noun(after.source[position]).kind);
      REQUIRE(is_feminine(before.source[position]) != is_feminine(after.source[position]));
      Words source = after.source;
      source[position] = before.source[position];
      REQUIRE(source == before.source);
      REQUIRE(after.target.size() == before.target.size());
      for (std::size_t t = 0; t < before.target.size(); ++t) {
        const TargetWord& word = before.target[t];
        const bool concerned = word.agrees_with == position || word.says.front() == position;
        if (!concerned) REQUIRE(word.text == after.target[t].text);
        if (word.role == Role::article && concerned) {
          REQUIRE(word.text != after.target[t].text);
          ++flipped;
        }
      }
    }
  }
  CHECK(flipped > 500);
  CHECK_THROWS_WITH(swap_gender(sample()[0], 9, 1), "swap_gender: noun 9 of 3: count from 0");
}

TEST_CASE("sentences refuses what the grammar does not have") {
  CHECK_THROWS_AS(sentences(1, 1, 2), Error);
  CHECK_THROWS_AS(sentences(100000, 1, 3), Error);
  CHECK(sentences(0, 1).empty());
}

TEST_CASE("the lexicon leaves the gender to be seen") {
  std::set<std::string_view> english;
  std::map<std::string_view, std::pair<int, int>> genders;
  const auto hides_gender = [](std::string_view word) {
    return std::string_view("aeiouhy\xc3").find(word.front()) != std::string_view::npos;  // \xc3: é, â, …
  };
  for (const lexicon::Noun& entry : lexicon::nouns) {
    INFO(entry.french);
    CHECK(english.insert(entry.english).second);
    CHECK(!hides_gender(entry.french));
    auto& [masculine, feminine] = genders[entry.kind];
    ++(entry.gender == lexicon::Gender::feminine ? feminine : masculine);
  }
  for (const auto& [kind, count] : genders) {
    INFO(kind);
    CHECK(count.first == count.second);  // so that the kind of noun does not give the gender away
  }
  for (const lexicon::Agreeing& entry : lexicon::adjectives_before) CHECK(!hides_gender(entry.masculine));
}
