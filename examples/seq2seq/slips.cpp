// Lays a translation beside the right one, and names what differs by the lexicon.
#include "examples/seq2seq/slips.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "examples/seq2seq/lexicon.h"

namespace glance::seq2seq {
namespace {

using Words = std::span<const std::string>;

bool is_negation(std::string_view word) { return word == "ne" || word == "n'" || word == "pas"; }
bool is_auxiliary(std::string_view word) { return word == "a" || word == "va"; }

// Two genders of one word.
bool agree_otherwise(std::string_view a, std::string_view b) {
  const auto is_pair = [&](const lexicon::Agreeing& word) {
    return (a == word.masculine && b == word.feminine) || (a == word.feminine && b == word.masculine);
  };
  const auto has_pair = [&](const auto& words) { return std::any_of(std::begin(words), std::end(words), is_pair); };
  return has_pair(lexicon::articles) || has_pair(lexicon::adjectives_before) || has_pair(lexicon::adjectives_after);
}

// Two forms of one verb.
bool same_verb(std::string_view a, std::string_view b) {
  return std::any_of(std::begin(lexicon::verbs), std::end(lexicon::verbs), [&](const lexicon::Verb& verb) {
    const auto is_form = [&](std::string_view word) {
      return word == verb.infinitive || word == verb.present || word == verb.participle;
    };
    return is_form(a) && is_form(b);
  });
}

// What it is when one word stands in the place of another; `other_word` when they are no forms of one.
Slip slip_between(std::string_view written, std::string_view right) {
  if (agree_otherwise(written, right)) return Slip::agreement;
  if (is_negation(written) && is_negation(right)) return Slip::negation;
  if ((is_auxiliary(written) && is_auxiliary(right)) || same_verb(written, right)) return Slip::auxiliary;
  return Slip::other_word;
}

// A word too many or too few costs 1, another form of a word as much, another word more, but less than one too many and
// one too few; in tenths.
constexpr int alone = 10, another_word = 16;

int cost_of(std::string_view written, std::string_view right) {
  if (written == right) return 0;
  return slip_between(written, right) == Slip::other_word ? another_word : alone;
}

// Which words stand beside each other: pairs of places, in order. A word without a partner stands alone, and so do two
// equal words in different places.
struct Beside {
  std::optional<std::size_t> written, right;
};

std::vector<Beside> lay_beside(Words written, Words right) {
  const std::size_t rows = written.size(), columns = right.size();
  std::vector<std::vector<int>> cost(rows + 1, std::vector<int>(columns + 1));
  for (std::size_t i = 0; i <= rows; ++i)
    for (std::size_t j = 0; j <= columns; ++j) {
      if (i == 0 && j == 0) continue;
      int& least = cost[i][j] = 1 << 28;
      if (i > 0) least = std::min(least, cost[i - 1][j] + alone);
      if (j > 0) least = std::min(least, cost[i][j - 1] + alone);
      if (i > 0 && j > 0) least = std::min(least, cost[i - 1][j - 1] + cost_of(written[i - 1], right[j - 1]));
    }
  std::vector<Beside> pairs;
  for (std::size_t i = rows, j = columns; i > 0 || j > 0;) {
    if (i > 0 && j > 0 && cost[i][j] == cost[i - 1][j - 1] + cost_of(written[i - 1], right[j - 1])) {
      pairs.push_back({--i, --j});
    } else if (i > 0 && cost[i][j] == cost[i - 1][j] + alone) {
      pairs.push_back({--i, {}});
    } else {
      pairs.push_back({{}, --j});
    }
  }
  std::reverse(pairs.begin(), pairs.end());
  return pairs;
}

// The gender of a French noun; none for another word.
std::optional<lexicon::Gender> gender_of(std::string_view word) {
  for (const lexicon::Noun& noun : lexicon::nouns)
    if (noun.french == word) return noun.gender;
  return {};
}

// A word that says something by itself: one may stand twice in a sentence only where it is said twice.
bool has_content(Role role) {
  return role == Role::noun || role == Role::adjective || role == Role::verb || role == Role::participle ||
         role == Role::infinitive;
}

// The wrong places of one translation, found one kind after the other.
class Finder {
 public:
  Finder(const Sentence& sentence, Words written)
      : sentence_(sentence), written_(written), right_(pair(sentence).target) {
    pairs_ = lay_beside(written_, right_);
    find_moved();
    for (const Beside& both : pairs_) {
      const bool moved = both.written && std::count(moved_.begin(), moved_.end(), *both.written) > 0;
      if (!moved && both.written && both.right && written_[*both.written] == right_[*both.right]) continue;
      if (both.written && both.right && follows_another_noun(both)) continue;
      places.push_back({moved ? Slip::order : slip_at(both), both.written, both.right});
    }
  }

  std::vector<WrongPlace> places;

 private:
  // A word that is missing in one place and too many in another was moved: the two become one wrong place.
  void find_moved() {
    for (Beside& extra : pairs_) {
      if (!extra.written || extra.right) continue;
      const auto missing = std::find_if(pairs_.begin(), pairs_.end(), [&](const Beside& other) {
        return other.right && !other.written && right_[*other.right] == written_[*extra.written];
      });
      if (missing == pairs_.end()) continue;
      extra.right = missing->right;
      moved_.push_back(*extra.written);
      *missing = {};
    }
    std::erase_if(pairs_, [](const Beside& both) { return !both.written && !both.right; });
  }

  // Whether a word has the wrong gender because its noun was written as another: then only the noun is wrong.
  bool follows_another_noun(const Beside& both) const {
    const auto& agrees_with = sentence_.target[*both.right].agrees_with;
    if (!agrees_with || !agree_otherwise(written_[*both.written], right_[*both.right])) return false;
    const auto noun = std::find_if(pairs_.begin(), pairs_.end(), [&](const Beside& other) {
      if (!other.written || !other.right) return false;
      const TargetWord& word = sentence_.target[*other.right];
      return word.role == Role::noun && word.says.front() == *agrees_with;
    });
    if (noun == pairs_.end()) return false;
    const auto written = gender_of(written_[*noun->written]), right = gender_of(right_[*noun->right]);
    return written && written != right;
  }

  // Whether the word is written more often than it should be, and should be at all.
  bool is_said_again(const std::string& word) const {
    const auto times = std::count(right_.begin(), right_.end(), word);
    return times > 0 && std::count(written_.begin(), written_.end(), word) > times;
  }

  Slip slip_at(const Beside& both) const {
    if (!both.written) return slip_of_missing(*both.right);
    const std::string& word = written_[*both.written];
    if (!both.right) {
      if (is_said_again(word)) return Slip::repeated;
      return is_negation(word) ? Slip::negation : is_auxiliary(word) ? Slip::auxiliary : Slip::other_word;
    }
    const Slip slip = slip_between(word, right_[*both.right]);
    if (slip == Slip::other_word && is_said_again(word) && is_content(word)) return Slip::repeated;
    return slip;
  }

  Slip slip_of_missing(std::size_t place) const {
    const Role role = sentence_.target[place].role;
    return role == Role::negation ? Slip::negation : role == Role::auxiliary ? Slip::auxiliary : Slip::dropped;
  }

  bool is_content(const std::string& word) const {
    return std::any_of(sentence_.target.begin(), sentence_.target.end(),
                       [&](const TargetWord& right) { return right.text == word && has_content(right.role); });
  }

  const Sentence& sentence_;
  Words written_;
  std::vector<std::string> right_;
  std::vector<Beside> pairs_;
  std::vector<std::size_t> moved_;
};

}  // namespace

const char* name(Slip slip) {
  constexpr std::array<const char*, slip_count> names = {"agreement", "order",   "negation",  "auxiliary",
                                                         "repeated",  "dropped", "other word"};
  return names.at(static_cast<std::size_t>(slip));
}

std::vector<WrongPlace> slips_of(const Sentence& sentence, std::span<const std::string> written) {
  return Finder(sentence, written).places;
}

std::optional<Slip> only_slip(std::span<const WrongPlace> places) {
  if (places.empty()) return {};
  const Slip first = places.front().slip;
  const bool all =
      std::all_of(places.begin(), places.end(), [&](const WrongPlace& place) { return place.slip == first; });
  return all ? std::optional(first) : std::nullopt;
}

}  // namespace glance::seq2seq
