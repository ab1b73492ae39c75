#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

// How good translations are, against one reference each.

namespace glance::seq2seq {

struct Bleu {
  double score = 0;                       // 0 to 100
  std::array<double, 4> precisions = {};  // of n-grams, n = 1 to 4, in percent, smoothed
  double brevity_penalty = 0;             // 1 unless the hypotheses are shorter than the references
  std::size_t order = 4;                  // the longest n-grams that count
  std::size_t hypothesis_words = 0, reference_words = 0;
};

// BLEU of a corpus (Papineni et al. 2002), as sacrebleu has it with tokenize="none" and smooth_method="exp": clipped
// counts of 1- to 4-grams and lengths are summed over all sentences; the first n without a match counts as half a
// match, the next as a quarter (Chen & Cherry 2014, method 3). Where no reference has four words, n-grams count up to
// the words of the longest: 4-grams, of which there can be none, would make it 0 for translations that are all right.
// Throws Error if there are not as many hypotheses as references.
Bleu bleu(std::span<const std::vector<std::string>> hypotheses, std::span<const std::vector<std::string>> references);

// The share of hypotheses that are their reference word by word; 0 if there are none. Throws Error as bleu() does.
double exact_match(std::span<const std::vector<std::string>> hypotheses,
                   std::span<const std::vector<std::string>> references);

}  // namespace glance::seq2seq
