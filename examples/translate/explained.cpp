// Translates a sentence and gathers what can be measured of it.
#include "examples/translate/explained.h"

#include <fmt/format.h>

#include <utility>

#include "examples/common/text.h"

namespace glance::seq2seq {

std::string Explained::title(const Checkpoint& checkpoint) const {
  return fmt::format("{} -> {}", to_text(outcome.source, checkpoint.text),
                     to_text(checkpoint.target.sentence(outcome.translation.words), checkpoint.text));
}

Explained explain_words(const Checkpoint& checkpoint, std::vector<std::string> words, Index beam,
                        const std::string& place) {
  Explained e{read_words(checkpoint, std::move(words)), {}, {}, checkpoint.model->is_product()};
  Workers alone;
  translate_sentences(checkpoint, {&e.outcome, 1}, alone, {.width = beam});
  warn(e.outcome, checkpoint, place);
  e.picture = picture_of(e.outcome, checkpoint.target);
  if (!e.outcome.source.empty()) e.evidence = look(*checkpoint.model, {e.outcome.numbers, e.outcome.translation.words});
  return e;
}

std::string counted(std::size_t count) { return fmt::format("{} word{}", count, count == 1 ? "" : "s"); }

void check_place(const char* option, std::size_t place, const char* of, std::size_t count) {
  if (place < 1 || place > count)
    throw UsageError(
        fmt::format("{} {}: {} has {}{}", option, place, of, counted(count), count > 0 ? ", counted from 1" : ""));
}

}  // namespace glance::seq2seq
