#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/model.h"

// What can be measured of one translated sentence: what the translator weighted, from which numbers, and what changes
// when it may not see a word. This is evidence of what it did, and no more than that.
namespace glance::seq2seq {

// Which head of which attention. Layers and heads are counted from 0.
struct Head {
  AttentionPlace place;
  std::size_t layer, head;
};

// What one head weighted. Its rows and columns are source words, or the words to be written: as a row, the one that is
// to come; as a column, the one that is fed, from the begin mark on.
struct HeadWeights {
  Head head;
  std::vector<std::vector<double>> weights;
};

// One sentence while the translator is fed its right translation. The weights are the cross-attention's; of a
// Transformer the mean over heads of its last layer, and it has no queries and keys.
struct Evidence {
  std::vector<double> probabilities;         // of each target word
  std::vector<std::vector<double>> weights;  // [targets][sources]; empty without attention, and so are the next two
  std::vector<std::vector<double>> queries;  // [targets][features]
  std::vector<std::vector<double>> keys;     // [sources][features]; they are the values too
  std::vector<HeadWeights> heads;            // of every attention: cross, encoder, decoder; by layer and head
};

// Forward over one example. `hidden`: a source word that attention may not see; the encoder has read it all the same.
// Error for an example with an empty side, or when there is no such source word.
Evidence look(const Translator& model, const Example& example, std::optional<std::size_t> hidden = {});

// The same with each source word hidden in turn, in one batch.
std::vector<Evidence> hide_each(const Translator& model, const Example& example);

// The same translator, sharing its parameters, but for one head of a Transformer that says nothing any more: its
// context is zeros. Error when it has no such head.
Translator hide_head(const Translator& model, const Head& hidden);

// The mean over heads of one attention of one layer. Error when there is none.
std::vector<std::vector<double>> mean_over_heads(std::span<const HeadWeights> heads, AttentionPlace place,
                                                 std::size_t layer);

// One coordinate of a query and a key, and what it adds to their score.
struct ScorePart {
  std::size_t coordinate;
  double query, key, product;
};

// The parts of query · key, from the one that adds most to the one that takes away most. Error when the two differ in
// size.
std::vector<ScorePart> score_parts(std::span<const double> query, std::span<const double> key);

// How much of the context each source word gave: the part of a_i v_i that lies along the context c = Σ a_i v_i, as a
// share of c's length: a_i v_i · c / c · c. They add up to 1 (all 0 when c is 0); one that points the other way is
// negative. Error unless there is a value for each weight.
std::vector<double> context_shares(std::span<const double> weights, std::span<const std::vector<double>> values);

}  // namespace glance::seq2seq
