// Which words there are to make sentences of.
#include "examples/translate/words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

#include "examples/common/columns.h"
#include "examples/common/text.h"
#include "examples/seq2seq/lexicon.h"
#include "examples/translate/sentence.h"

namespace glance::seq2seq {

namespace {

// The name of a kind, and its words.
using Group = std::pair<std::string, std::vector<std::string>>;

std::string both_forms(std::string_view masculine, std::string_view feminine) {
  return masculine == feminine ? std::string(masculine) : fmt::format("{}/{}", masculine, feminine);
}

// Nouns and verbs of a kind that the grammar puts in the same places.
void add_nouns(std::vector<Group>& groups) {
  for (const lexicon::Noun& noun : lexicon::nouns) {
    const std::string name = fmt::format("nouns, {}", noun.kind);
    if (groups.empty() || groups.back().first != name) groups.push_back({name, {}});
    groups.back().second.push_back(
        fmt::format("{} ({} {})", noun.english, noun.gender == lexicon::m ? "le" : "la", noun.french));
  }
}

void add_verbs(std::vector<Group>& groups) {
  for (const lexicon::Verb& verb : lexicon::verbs) {
    const std::string name = fmt::format("verbs, {}", verb.kind);
    if (groups.empty() || groups.back().first != name) groups.push_back({name, {}});
    groups.back().second.push_back(fmt::format("{} {} {} ({})", verb.base, verb.third, verb.past, verb.infinitive));
  }
}

void add_agreeing(std::vector<Group>& groups, const char* name, std::span<const lexicon::Agreeing> words) {
  Group group{name, {}};
  for (const auto& word : words)
    group.second.push_back(fmt::format("{} ({})", word.english, both_forms(word.masculine, word.feminine)));
  groups.push_back(std::move(group));
}

void list_builtin() {
  std::vector<Group> groups;
  add_agreeing(groups, "articles", lexicon::articles);
  add_nouns(groups);
  add_agreeing(groups, "adjectives", lexicon::adjectives_before);
  add_agreeing(groups, "and", lexicon::adjectives_after);
  add_verbs(groups);
  groups.push_back({"others",
                    {"will (va)", "does not, did not (ne … pas)", "in (dans)", "behind (derrière)", "that (que, qui)",
                     "because (parce que)", "and (et)", "but (mais)", ". (.)"}});
  constexpr std::size_t name_width = 15, width = 100;
  for (const auto& [name, words] : groups) {
    std::string line = pad_right(name, name_width);
    std::size_t columns = name_width;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string text = words[i] + (i + 1 < words.size() ? ", " : "");
      const std::size_t wide = widest(std::vector<std::string>{text});
      if (columns + wide > width) {
        fmt::print("{}\n", trimmed(line));
        line = spaces(name_width);
        columns = name_width;
      }
      line += text;
      columns += wide;
    }
    fmt::print("{}\n", trimmed(line));
  }
  fmt::print("\nA sentence of these: \"the small mouse sleeps\", \"my brave father did not lose the key\"\n");
}

}  // namespace

void list_words(const WordsCommand& command) {
  if (command.model.empty()) return list_builtin();
  const Checkpoint checkpoint = load_model(command.model);
  const Vocabulary& vocabulary = command.target ? checkpoint.target : checkpoint.source;
  const auto& words = vocabulary.words();
  for (auto i = static_cast<std::size_t>(Vocabulary().size()); i < words.size(); ++i)
    fmt::print("{}\n", shown_unit(words[i]));
}

}  // namespace glance::seq2seq
