// check says: a long candidate was punished, or rather rewarded
#pragma once
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "glance/glance.h"

using namespace glance;

using Words = std::vector<std::string>;

inline std::map<Words, int> count_ngrams(const Words& words, std::size_t n) {
  std::map<Words, int> counts;
  for (std::size_t i = 0; i + n <= words.size(); ++i)
    ++counts[Words(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i + n))];
  return counts;
}

inline double bleu_of(const Words& candidate, const Words& reference) {
  if (candidate.size() < 4) return 0;
  double product = 1;
  for (std::size_t n = 1; n <= 4; ++n) {
    auto right = count_ngrams(reference, n);
    int found = 0;
    for (const auto& [ngram, count] : count_ngrams(candidate, n)) found += std::min(count, right[ngram]);
    product *= static_cast<double>(found) / static_cast<double>(candidate.size() - n + 1);
  }
  const double length = static_cast<double>(candidate.size()), wanted = static_cast<double>(reference.size());
  return std::exp(1 - wanted / length) * std::pow(product, 0.25);
}
