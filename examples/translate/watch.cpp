// Translates the watched sentence with the model as it is now, and draws what it looked at.
#include "examples/translate/watch.h"

#include <fmt/format.h>

#include <utility>

#include "examples/common/columns.h"
#include "examples/common/heatmap.h"
#include "examples/common/text.h"
#include "examples/seq2seq/search.h"
#include "examples/translate/sentence.h"

namespace glance::seq2seq {

Watch::Watch(const Translator& model, const Vocabulary& target, const TextOptions& text, std::vector<std::string> words,
             std::vector<Index> numbers)
    : model_(model), target_(target), text_(text), words_(std::move(words)), numbers_(std::move(numbers)) {
  if (!model.has_attention()) throw Error("--watch: the model has no attention to look at");
  if (const auto most = model.most_source(); most && static_cast<Index>(numbers_.size()) > *most)
    throw Error(fmt::format("--watch: a sentence of {} words: the model's learned positions end after {}",
                            numbers_.size(), *most));
  if (numbers_.empty()) throw Error("--watch: a sentence without words");
}

std::string Watch::picture(const Terminal& terminal) const {
  // Early on a translator does not know when to stop, and repeats itself down the whole screen.
  const Index most = static_cast<Index>(words_.size()) + 6;
  const PaddedBatch batch = pad_sequences({{numbers_}}, Vocabulary::pad);
  const Translation translation = greedy_search(model_, batch, [most](Index) { return most; }).front();
  const std::string title =
      fmt::format("{} -> {}{}", to_text(words_, text_), to_text(target_.sentence(translation.words), text_),
                  translation.stopped ? " …" : "");
  const std::string whose = name_of_weights(model_.options());
  return shortened(title, terminal.columns - 1) + "\n" + (whose.empty() ? "" : whose + "\n") + "\n" +
         heatmap({words_, shown_words(translation.words, target_), translation.weights}, terminal);
}

}  // namespace glance::seq2seq
