// check says: only the last word was fed
#pragma once
#include <functional>
#include <vector>

#include "glance/glance.h"

using namespace glance;

using Next = std::function<Tensor(const std::vector<Index>& written)>;

inline std::vector<Index> greedy_search(const Next& next, Index begin, Index end, Index most) {
  std::vector<Index> written;
  Index word = begin;
  while (static_cast<Index>(written.size()) < most) {
    word = static_cast<Index>(argmax(next({word}), 0).item());
    if (word == end) break;
    written.push_back(word);
  }
  return written;
}
