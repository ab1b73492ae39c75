#pragma once

#include <span>
#include <vector>

#include "examples/seq2seq/corpus.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/nn/batch.h"
#include "glance/tensor/random.h"

// From pairs of sentences to batches of numbers.
namespace glance::seq2seq {

// A pair as numbers: source words; target words and the end mark (the begin mark is added when it is fed). The source
// has no end mark: the encoder's state there knows the whole sentence, and attention would lean on it instead of on
// words.
struct Example {
  std::vector<Index> source, target;
};

// Pairs as numbers. Unknown words become the unknown mark.
std::vector<Example> encode(const std::vector<Pair>& pairs, const Vocabulary& source, const Vocabulary& target);

// Pairs made ready for training: words known by number, those of the pairs to train on.
struct Numbered {
  Vocabulary source, target;
  std::vector<Example> train, test;
};
Numbered number_words(const Split& split, std::size_t min_count = 1);

// What one forward pass takes: sources, the words fed to the decoder, and the words it is to answer with.
struct Batch {
  PaddedBatch sources;
  PaddedBatch fed;  // begin mark, then the target without its end
  Tensor answers;   // i64 [batch, targets], the target with its end, `pad` beyond
  Index count = 0;  // answers that are not pads
};

// The numbered examples side by side.
Batch make_batch(std::span<const Example> examples, std::span<const std::size_t> numbers);

// The numbers of all examples in random order, cut into batches of `size` whose lengths are alike, the batches in
// random order too. The same for the same generator.
std::vector<std::vector<std::size_t>> shuffled_batches(std::span<const Example> examples, std::size_t size,
                                                       Generator& generator);

// The numbers of things of these lengths, 0 to as many as there are, in batches of like length, shortest first: at most
// `size` in a batch, and so few that with their pads they have no more than 64 symbols each on average, unless it is
// one alone. So what is done with a batch is never held up by a single long one.
std::vector<std::vector<std::size_t>> alike_batches(std::span<const std::size_t> lengths, std::size_t size);

// The same of examples, alike in both sides: for scoring, where order does not matter.
std::vector<std::vector<std::size_t>> sorted_batches(std::span<const Example> examples, std::size_t size);

}  // namespace glance::seq2seq
