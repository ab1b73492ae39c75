// The rules of the built-in language, and how a sentence is derived from them in English and French at once.
#include "examples/seq2seq/grammar.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "examples/seq2seq/lexicon.h"
#include "examples/seq2seq/split_mix.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {
namespace {

using lexicon::Gender;

// What a symbol becomes, in both languages at once.
//
// A word with a capital is a symbol, to be replaced by one of its rules or by an entry of the lexicon; what stands in
// parentheses is its kind ("food"), which it hands down to symbols that name none. The first, second, … symbol of a
// name is the same in both languages. All capitals is a form of the verb that the rule picks. Other words are
// themselves; a French one says from which English word it comes. Articles and adjectives agree with the noun of their
// rule.
struct Rule {
  std::string_view symbol;
  std::size_t weight;  // how often it is picked, beside the symbol's other rules
  std::string_view english, french;
};

constexpr Rule rules[] = {
    {"Text", 2, "Sentence", "Sentence"},
    {"Text", 1, "Sentence .", "Sentence .=."},

    {"Sentence", 6, "Clause", "Clause"},
    {"Sentence", 2, "Phrase(person) Affirmed(say) that Clause", "Phrase(person) Affirmed(say) que=that Clause"},
    {"Sentence", 1, "Clause because Clause", "Clause parce=because que=because Clause"},
    {"Sentence", 1, "Clause and Clause", "Clause et=and Clause"},
    {"Sentence", 1, "Clause but Clause", "Clause mais=but Clause"},

    {"Clause", 1, "Subject(person) Deed", "Subject(person) Deed"},
    {"Clause", 1, "Subject(animal) Deed", "Subject(animal) Deed"},

    {"Subject", 5, "Phrase", "Phrase"},
    {"Subject", 1, "Phrase that Deed", "Phrase qui=that Deed"},

    {"Deed", 1, "Verb(sleep)", "Verb(sleep)"},
    {"Deed", 1, "Verb(sleep) in Phrase(place)", "Verb(sleep) dans=in Phrase(place)"},
    {"Deed", 1, "Verb(sleep) behind Phrase(place)", "Verb(sleep) derrière=behind Phrase(place)"},
    {"Deed", 3, "Verb(eat) Phrase(food)", "Verb(eat) Phrase(food)"},
    {"Deed", 3, "Verb(take) Phrase(thing)", "Verb(take) Phrase(thing)"},
    {"Deed", 1, "Verb(see) Phrase(person)", "Verb(see) Phrase(person)"},
    {"Deed", 1, "Verb(see) Phrase(animal)", "Verb(see) Phrase(animal)"},
    {"Deed", 1, "Verb(see) Phrase(place)", "Verb(see) Phrase(place)"},

    {"Phrase", 4, "Article Noun", "Article Noun"},
    {"Phrase", 2, "Article Before Noun", "Article Before Noun"},
    {"Phrase", 2, "Article After Noun", "Article Noun After"},
    {"Phrase", 1, "Article Before After Noun", "Article Before Noun After"},

    {"Verb", 2, "Affirmed", "Affirmed"},
    {"Verb", 1, "Denied", "Denied"},

    {"Affirmed", 2, "THIRD", "PRESENT=THIRD"},
    {"Affirmed", 3, "PAST", "a=PAST PARTICIPLE=PAST"},
    {"Affirmed", 2, "will BASE", "va=will INFINITIVE=BASE"},

    {"Denied", 1, "does not BASE", "ne=not PRESENT=BASE pas=not"},
    {"Denied", 1, "did not BASE", "ne=not a=did pas=not PARTICIPLE=BASE"},
    {"Denied", 1, "will not BASE", "ne=not va=will pas=not INFINITIVE=BASE"},
};

constexpr struct {
  std::string_view word;
  Role role;
} roles[] = {
    {"PRESENT", Role::verb},    {"PARTICIPLE", Role::participle}, {"INFINITIVE", Role::infinitive},
    {"a", Role::auxiliary},     {"va", Role::auxiliary},          {"ne", Role::negation},
    {"pas", Role::negation},    {"dans", Role::preposition},      {"derrière", Role::preposition},
    {"que", Role::conjunction}, {"qui", Role::conjunction},       {"parce", Role::conjunction},
    {"et", Role::conjunction},  {"mais", Role::conjunction},      {".", Role::punctuation},
};

Role role_of(std::string_view word) {
  for (const auto& entry : roles)
    if (entry.word == word) return entry.role;
  throw Error(fmt::format("grammar: the word \"{}\" has no role: add it to the table", word));
}

std::string_view form_of(const lexicon::Verb& verb, std::string_view name) {
  if (name == "BASE") return verb.base;
  if (name == "THIRD") return verb.third;
  if (name == "PAST") return verb.past;
  if (name == "INFINITIVE") return verb.infinitive;
  if (name == "PRESENT") return verb.present;
  if (name == "PARTICIPLE") return verb.participle;
  throw Error(fmt::format("grammar: verbs have no form {}", name));
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_symbol(std::string_view item) { return is_upper(item[0]) && !is_upper(item[1]); }
bool is_form(std::string_view item) { return is_upper(item[0]) && is_upper(item[1]); }

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(at, from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

// Makes the choices of a derivation, at random or as they were made before.
class Picker {
 public:
  explicit Picker(std::uint64_t seed) : random_(seed) {}
  explicit Picker(std::span<const std::size_t> before) : random_(0), before_(before) {}

  // One of several weighted things: its position.
  std::size_t operator()(std::span<const std::size_t> weights) {
    std::size_t picked = 0;
    if (picks.size() < before_.size()) {
      picked = before_[picks.size()];
    } else {
      std::size_t sum = 0;
      for (const std::size_t weight : weights) sum += weight;
      for (std::size_t left = random_.below(sum); left >= weights[picked]; ++picked) left -= weights[picked];
    }
    picks.push_back(picked);
    return picked;
  }

  std::vector<std::size_t> picks;

 private:
  SplitMix random_;
  std::span<const std::size_t> before_;
};

// The entries of a table that a test accepts, as pointers.
auto those(const auto& table, auto&& test) {
  std::vector<decltype(std::data(table))> found;
  for (const auto& entry : table)
    if (test(entry)) found.push_back(&entry);
  return found;
}

template <class Entry>
const Entry* pick(Picker& picker, const std::vector<const Entry*>& entries, std::string_view what) {
  if (entries.empty()) throw Error(fmt::format("grammar: nothing to pick for {}", what));
  std::vector<std::size_t> weights;
  for (const Entry* entry : entries) {
    if constexpr (requires { entry->weight; })
      weights.push_back(entry->weight);
    else
      weights.push_back(1);
  }
  return entries[picker(weights)];
}

std::vector<const lexicon::Noun*> nouns_of(std::string_view kind) {
  return those(lexicon::nouns, [&](const lexicon::Noun& noun) { return noun.kind == kind; });
}

// What has been written of a sentence for one symbol; positions count from the symbol's own first English word.
struct Written {
  std::vector<std::string> english;
  std::vector<TargetWord> french;
  std::vector<std::size_t> nouns, noun_picks;
  const lexicon::Agreeing* agreeing = nullptr;  // the symbol was an article or adjective: its form waits for the noun
  Gender gender = Gender::masculine;            // the symbol was a noun
};

Written write_agreeing(Picker& picker, std::span<const lexicon::Agreeing> table, Role role, std::string_view kind) {
  const auto fits = [&](const lexicon::Agreeing& word) {
    return word.kinds.empty() || word.kinds.find(kind) != std::string_view::npos;
  };
  const lexicon::Agreeing& entry = *pick(picker, those(table, fits), kind);
  Written written;
  written.agreeing = &entry;
  written.english.emplace_back(entry.english);
  written.french.push_back({"", role, {0}, {}});
  return written;
}

Written write_noun(Picker& picker, std::string_view kind) {
  Written written;
  written.nouns = {0};
  written.noun_picks = {picker.picks.size()};
  const lexicon::Noun& noun = *pick(picker, nouns_of(kind), kind);
  written.gender = noun.gender;
  written.english.emplace_back(noun.english);
  written.french.push_back({std::string(noun.french), Role::noun, {0}, {}});
  return written;
}

Written write(Picker& picker, std::string_view symbol, std::string_view kind);

// One side of a rule holds symbols, each with its own words; here they are brought together.
class RuleWriter {
 public:
  RuleWriter(Picker& picker, const Rule& rule, std::string_view kind) : picker_(picker), kind_(kind) {
    for (const std::string_view item : split(rule.english, ' ')) write_english(item);
    for (const std::string_view item : split(rule.french, ' ')) write_french(item);
  }

  Written written;

 private:
  struct Part {
    std::string_view name;  // as it stands in the rule
    std::size_t start;      // its first English word
    Written written;
    bool used = false;
  };

  void write_english(std::string_view item) {
    Part part{item, written.english.size(), {}};
    if (is_symbol(item)) {
      const std::size_t open = item.find('(');
      const std::string_view kind = open == item.npos ? kind_ : item.substr(open + 1, item.size() - open - 2);
      part.written = write(picker_, item.substr(0, open), kind);
      if (item == "Noun") noun_ = parts_.size();
    } else if (is_form(item)) {
      part.written.english.emplace_back(form_of(verb(), item));
    } else {
      part.written.english.emplace_back(item);
    }
    const Written& from = part.written;
    written.english.insert(written.english.end(), from.english.begin(), from.english.end());
    for (const std::size_t noun : from.nouns) written.nouns.push_back(noun + part.start);
    written.noun_picks.insert(written.noun_picks.end(), from.noun_picks.begin(), from.noun_picks.end());
    parts_.push_back(std::move(part));
  }

  void write_french(std::string_view item) {
    const std::vector<std::string_view> sides = split(item, '=');
    Part& part = find(sides.back());
    if (sides.size() == 2) {
      const std::string_view text = is_form(item) ? form_of(verb(), sides[0]) : sides[0];
      written.french.push_back({std::string(text), role_of(sides[0]), {part.start}, {}});
      return;
    }
    part.used = true;
    for (TargetWord word : part.written.french) {
      for (std::size_t& position : word.says) position += part.start;
      if (word.agrees_with) *word.agrees_with += part.start;
      if (const lexicon::Agreeing* agreeing = part.written.agreeing) {
        const Part& noun = parts_.at(noun_);
        word.text = noun.written.gender == Gender::feminine ? agreeing->feminine : agreeing->masculine;
        word.agrees_with = noun.start;
      }
      written.french.push_back(std::move(word));
    }
  }

  // The first English item of that name that French has not used yet.
  Part& find(std::string_view name) {
    for (Part& part : parts_)
      if (part.name == name && !part.used) return part;
    throw Error(fmt::format("grammar: French has a \"{}\" that English has not", name));
  }

  const lexicon::Verb& verb() {
    if (verb_ == nullptr) {
      const auto of_kind = [&](const lexicon::Verb& verb) { return verb.kind == kind_; };
      verb_ = pick(picker_, those(lexicon::verbs, of_kind), kind_);
    }
    return *verb_;
  }

  Picker& picker_;
  std::string_view kind_;
  const lexicon::Verb* verb_ = nullptr;
  std::vector<Part> parts_;
  std::size_t noun_ = 0;
};

Written write(Picker& picker, std::string_view symbol, std::string_view kind) {
  if (symbol == "Noun") return write_noun(picker, kind);
  if (symbol == "Article") return write_agreeing(picker, lexicon::articles, Role::article, kind);
  if (symbol == "Before") return write_agreeing(picker, lexicon::adjectives_before, Role::adjective, kind);
  if (symbol == "After") return write_agreeing(picker, lexicon::adjectives_after, Role::adjective, kind);
  const Rule& rule = *pick(picker, those(rules, [&](const Rule& r) { return r.symbol == symbol; }), symbol);
  return RuleWriter(picker, rule, kind).written;
}

bool starts_with_vowel(std::string_view word) {
  constexpr std::string_view vowels[] = {"a", "e", "i", "o", "u", "é", "è", "ê", "â", "î", "ô", "û"};
  return std::any_of(std::begin(vowels), std::end(vowels), [&](std::string_view v) { return word.starts_with(v); });
}

// "ne a" is written "n' a".
void elide(std::vector<TargetWord>& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i].text == "ne" && starts_with_vowel(words[i + 1].text)) words[i].text = "n'";
}

Sentence derive(Picker picker) {
  Written written = write(picker, "Text", "");
  elide(written.french);
  return {std::move(written.english), std::move(written.french), std::move(written.nouns), std::move(picker.picks),
          std::move(written.noun_picks)};
}

}  // namespace

const char* name(Role role) {
  constexpr std::array names = {"article",    "noun",     "adjective",   "verb",        "auxiliary",  "participle",
                                "infinitive", "negation", "preposition", "conjunction", "punctuation"};
  return names.at(static_cast<std::size_t>(role));
}

Pair pair(const Sentence& sentence) {
  Pair pair{sentence.source, {}};
  for (const TargetWord& word : sentence.target) pair.target.push_back(word.text);
  return pair;
}

std::vector<Pair> pairs(const std::vector<Sentence>& sentences) {
  std::vector<Pair> result;
  for (const Sentence& sentence : sentences) result.push_back(pair(sentence));
  return result;
}

std::vector<Sentence> sentences(std::size_t count, std::uint64_t seed, std::size_t max_words) {
  std::vector<Sentence> found;
  std::set<std::vector<std::string>> known;
  SplitMix seeds(seed);
  constexpr std::size_t patience = 1000;  // this many without a new one: few are left, or none
  for (std::size_t tries = 0; found.size() < count; ++tries) {
    if (tries == patience)
      throw Error(fmt::format("sentences: {} wanted, but the grammar has about {} of at most {} words: ask for fewer",
                              count, found.size(), max_words));
    Sentence sentence = derive(Picker(seeds.next()));
    if (sentence.source.size() > max_words) continue;
    // With the translation, so that an English sentence with two of them would show as a double.
    std::vector<std::string> words = sentence.source;
    for (const TargetWord& word : sentence.target) words.push_back(word.text);
    if (!known.insert(std::move(words)).second) continue;
    found.push_back(std::move(sentence));
    tries = 0;
  }
  return found;
}

Sentence swap_gender(const Sentence& sentence, std::size_t which, std::uint64_t seed) {
  if (which >= sentence.nouns.size())
    throw Error(fmt::format("swap_gender: noun {} of {}: count from 0", which, sentence.nouns.size()));
  const std::string& old_word = sentence.source.at(sentence.nouns[which]);
  const auto old_noun = std::find_if(std::begin(lexicon::nouns), std::end(lexicon::nouns),
                                     [&](const lexicon::Noun& noun) { return noun.english == old_word; });
  if (old_noun == std::end(lexicon::nouns)) throw Error(fmt::format("swap_gender: \"{}\" is no noun", old_word));

  const std::vector<const lexicon::Noun*> same_kind = nouns_of(old_noun->kind);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < same_kind.size(); ++i)
    if (same_kind[i]->gender != old_noun->gender) others.push_back(i);
  if (others.empty()) throw Error(fmt::format("swap_gender: no noun like \"{}\" of the other gender", old_word));
  std::vector<std::size_t> picks = sentence.picks;
  picks.at(sentence.noun_picks.at(which)) = others.at(SplitMix(seed).below(others.size()));
  return derive(Picker(picks));
}

}  // namespace glance::seq2seq
