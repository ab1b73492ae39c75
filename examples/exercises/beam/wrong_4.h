// check says: what was still open at the end was not counted, since something had finished
#pragma once
#include <algorithm>
#include <functional>
#include <vector>

#include "glance/glance.h"

using namespace glance;

using Next = std::function<Tensor(const std::vector<Index>& written)>;

struct Hypothesis {
  std::vector<Index> written;
  double score;
};

inline std::vector<Index> beam_search(const Next& next, Index begin, Index end, Index most, Index width) {
  const auto better = [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; };
  std::vector<Hypothesis> open = {{{begin}, 0}}, finished;
  for (Index step = 0; step < most && !open.empty(); ++step) {
    std::vector<Hypothesis> longer;
    for (const Hypothesis& hypothesis : open) {
      const auto log_probabilities = to(next(hypothesis.written), f64).to_vector<double>();
      for (std::size_t word = 0; word < log_probabilities.size(); ++word) {
        longer.push_back(hypothesis);
        longer.back().written.push_back(static_cast<Index>(word));
        longer.back().score += log_probabilities[word];
      }
    }
    std::stable_sort(longer.begin(), longer.end(), better);
    longer.resize(std::min(longer.size(), static_cast<std::size_t>(width)));
    open.clear();
    for (Hypothesis& hypothesis : longer) {
      if (hypothesis.written.back() == end) {
        hypothesis.written.pop_back();
        finished.push_back(hypothesis);
      } else {
        open.push_back(hypothesis);
      }
    }
  }
  if (finished.empty()) finished = open;
  const auto& best = std::min_element(finished.begin(), finished.end(), better)->written;
  return {best.begin() + 1, best.end()};
}
