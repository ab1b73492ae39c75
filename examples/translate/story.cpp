// Exchanges nouns for some of the other gender, and counts whether the article follows.
#include "examples/translate/story.h"

#include <algorithm>

#include "examples/seq2seq/batches.h"

namespace glance::seq2seq {

namespace {

std::vector<Example> encode_all(const std::vector<Sentence>& sentences, const Checkpoint& checkpoint) {
  return encode(pairs(sentences), checkpoint.source, checkpoint.target);
}

// One article, before and after its noun was replaced.
struct Swap {
  std::size_t sentence;  // its number before
  std::size_t place;     // of the article among the target words, in both
};

void count_flips(const Checkpoint& checkpoint, const std::vector<Sentence>& before, Workers& workers,
                 const SearchOptions& search, const Meanwhile& meanwhile, Story& story) {
  std::vector<Sentence> after;
  std::vector<Swap> swaps;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Sentence& sentence = before[i];
    const std::size_t which = i % sentence.nouns.size();
    const auto article = std::find_if(sentence.target.begin(), sentence.target.end(), [&](const TargetWord& word) {
      return word.role == Role::article && word.agrees_with == sentence.nouns[which];
    });
    if (article == sentence.target.end()) continue;
    swaps.push_back({i, static_cast<std::size_t>(article - sentence.target.begin())});
    after.push_back(swap_gender(sentence, which, i));
  }
  const auto examples_before = encode_all(before, checkpoint), examples_after = encode_all(after, checkpoint);
  const auto written_before =
      translate_all(*checkpoint.model, examples_before, workers, search, part_of(meanwhile, 0, 0.5));
  const auto written_after =
      translate_all(*checkpoint.model, examples_after, workers, search, part_of(meanwhile, 0.5, 1));
  std::size_t flipped = 0;
  for (std::size_t i = 0; i < swaps.size(); ++i) {
    if (written_before[swaps[i].sentence].words != examples_before[swaps[i].sentence].target) continue;
    ++story.swapped;
    const auto& words = written_after[i].words;
    flipped += swaps[i].place < words.size() && words[swaps[i].place] == examples_after[i].target[swaps[i].place];
  }
  story.flipped = story.swapped > 0 ? static_cast<double>(flipped) / static_cast<double>(story.swapped) : 0;
}

}  // namespace

Story tell_story(const Checkpoint& checkpoint, const std::vector<Sentence>& sentences, Workers& workers,
                 const SearchOptions& search, const Meanwhile& meanwhile) {
  const std::vector<Example> examples = encode_all(sentences, checkpoint);
  Story story;
  story.sentences = sentences.size();
  story.evaluation = evaluate(*checkpoint.model, examples, checkpoint.target, workers, search,
                              part_of(meanwhile, 0, 0.4), &story.written);
  if (checkpoint.model->has_attention()) story.looking = score_looking(*checkpoint.model, sentences, examples);
  count_flips(checkpoint, sentences, workers, search, part_of(meanwhile, 0.4, 1), story);
  return story;
}

}  // namespace glance::seq2seq
