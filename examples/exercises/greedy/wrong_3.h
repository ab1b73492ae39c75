// check says: broken  it ends after `most` words
#pragma once
#include <functional>
#include <vector>

#include "glance/glance.h"

using namespace glance;

using Next = std::function<Tensor(const std::vector<Index>& written)>;

inline std::vector<Index> greedy_search(const Next& next, Index begin, Index end, Index most) {
  std::vector<Index> written = {begin};
  while (true) {
    const auto word = static_cast<Index>(argmax(next(written), 0).item());
    if (word == end) break;
    written.push_back(word);
  }
  return {written.begin() + 1, written.end()};
}
