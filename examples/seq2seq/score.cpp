// BLEU by its counts of n-grams, and the share of sentences that are right word for word.
#include "examples/seq2seq/score.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "glance/tensor/error.h"

namespace glance::seq2seq {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t longest = 4;

struct Counts {
  std::array<std::size_t, longest> matched = {}, total = {};
};

void check(const char* operation, std::size_t hypotheses, std::size_t references) {
  if (hypotheses != references)
    throw Error(fmt::format("{}: {} hypotheses for {} references: one for each", operation, hypotheses, references));
}

using Ngram = std::span<const std::string>;

struct Before {
  bool operator()(Ngram a, Ngram b) const {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  }
};

// How often each run of `n` words occurs.
std::map<Ngram, std::size_t, Before> count_ngrams(const Words& words, std::size_t n) {
  std::map<Ngram, std::size_t, Before> counts;
  for (std::size_t i = 0; i + n <= words.size(); ++i) ++counts[std::span(words).subspan(i, n)];
  return counts;
}

// A hypothesis may use an n-gram as often as its reference does.
void add_matches(const Words& hypothesis, const Words& reference, Counts& counts) {
  for (std::size_t n = 1; n <= std::min(longest, hypothesis.size()); ++n) {
    const auto in_reference = count_ngrams(reference, n);
    for (const auto& [ngram, count] : count_ngrams(hypothesis, n)) {
      counts.total[n - 1] += count;
      if (const auto found = in_reference.find(ngram); found != in_reference.end())
        counts.matched[n - 1] += std::min(count, found->second);
    }
  }
}

}  // namespace

Bleu bleu(std::span<const Words> hypotheses, std::span<const Words> references) {
  check("bleu", hypotheses.size(), references.size());
  Bleu bleu;
  Counts counts;
  std::size_t longest_reference = 0;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    longest_reference = std::max(longest_reference, references[i].size());
    bleu.hypothesis_words += hypotheses[i].size();
    bleu.reference_words += references[i].size();
    add_matches(hypotheses[i], references[i], counts);
  }
  bleu.order = std::clamp<std::size_t>(longest_reference, 1, longest);
  const auto said = static_cast<double>(bleu.hypothesis_words);
  const auto wanted = static_cast<double>(bleu.reference_words);
  bleu.brevity_penalty = said >= wanted ? 1 : said > 0 ? std::exp(1 - wanted / said) : 0;
  if (counts.matched[0] == 0) return bleu;  // no word is right: no longer n-gram can be

  double credit = 1;
  for (std::size_t n = 0; n < bleu.order && counts.total[n] > 0; ++n) {
    const double matched = counts.matched[n] > 0 ? static_cast<double>(counts.matched[n]) : (credit /= 2);
    bleu.precisions[n] = 100 * matched / static_cast<double>(counts.total[n]);
  }
  double log_sum = 0;  // no n-gram of some length at all: its precision is 0, and so is the geometric mean
  for (std::size_t n = 0; n < bleu.order; ++n) log_sum += std::log(bleu.precisions[n]);
  bleu.score = bleu.brevity_penalty * std::exp(log_sum / static_cast<double>(bleu.order));
  return bleu;
}

double exact_match(std::span<const Words> hypotheses, std::span<const Words> references) {
  check("exact_match", hypotheses.size(), references.size());
  std::size_t same = 0;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) same += hypotheses[i] == references[i];
  return hypotheses.empty() ? 0 : static_cast<double>(same) / static_cast<double>(hypotheses.size());
}

}  // namespace glance::seq2seq
