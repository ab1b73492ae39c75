// check says: the word `end` was written, too
#pragma once
#include <functional>
#include <vector>

#include "glance/glance.h"

using namespace glance;

using Next = std::function<Tensor(const std::vector<Index>& written)>;

inline std::vector<Index> greedy_search(const Next& next, Index begin, Index end, Index most) {
  std::vector<Index> written = {begin};
  while (static_cast<Index>(written.size()) <= most && written.back() != end)
    written.push_back(static_cast<Index>(argmax(next(written), 0).item()));
  return {written.begin() + 1, written.end()};
}
